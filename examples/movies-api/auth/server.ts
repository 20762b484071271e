/**
 * The auth service of this example: Tacit as a plugin, because only the plugin takes roles. Other
 * services verify its tokens, so it signs with a key pair.
 */
import Fastify from 'fastify'
import { readConfig, serverOptions, tacit } from 'tacit-auth'
import { roles } from './roles.ts'

const app = Fastify(serverOptions(readConfig()))
await app.register(tacit, { accessTokenAlg: 'EdDSA', roles, wholeApplication: true })
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => app.close())
await app.listen({ port: Number(process.env.PORT ?? 3000) })
