import { roles } from '../auth/roles.ts'
import { buildApp } from './app.ts'
import { readSettings } from './settings.ts'

const settings = readSettings()
const { ISSUER: issuer, AUDIENCE: audience = issuer, AUTH_URL: url } = settings
const { CLIENT_ID: clientId, CLIENT_SECRET: clientSecret, REVOCATIONS_FAIL: fail } = settings

const app = await buildApp({
  databaseFile: settings.DATABASE_FILE,
  logger: { level: settings.LOG_LEVEL },
  verifier: {
    ...{ issuer, audience, url, roles },
    ...(clientId && clientSecret && { revocations: { clientId, clientSecret, fail } }),
  },
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => app.close())
await app.listen({ port: settings.PORT })
