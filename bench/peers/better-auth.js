/**
 * better-auth as its documentation sets it up on Fastify. With COOKIE_CACHE, it believes a signed cookie for a while
 * instead of looking the session up at every request.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { fromNodeHeaders } from 'better-auth/node'
import BetterSqlite from 'better-sqlite3'
import Fastify from 'fastify'
import { reply } from '../reply.ts'

const folder = mkdtempSync(join(tmpdir(), 'tacit-bench-'))
process.on('SIGTERM', () => {
  rmSync(folder, { recursive: true })
  process.exit()
})
const database = new BetterSqlite(join(folder, 'better-auth.db'))
database.pragma('journal_mode = WAL')

const options = {
  database,
  baseURL: `http://localhost:${process.env.PORT}`,
  secret: 'only-for-benchmarks-0123456789-abcdefghij',
  emailAndPassword: { enabled: true },
  telemetry: { enabled: false },
  session: { cookieCache: { enabled: process.env.COOKIE_CACHE === 'true', maxAge: 60 * 60 } },
}
// Before the library looks at the database: it complains about tables that are not there yet.
await (await getMigrations(options)).runMigrations()
const auth = betterAuth(options)

const app = Fastify()
app.post('/sign-in', async () => {
  const body = { email: reply.user.email, name: 'bench', password: 'correct horse battery staple' }
  const { headers } = await auth.api.signUpEmail({ body, asResponse: true })
  const pairs = headers.getSetCookie().map((line) => line.split(';')[0])
  return { cookie: pairs.join('; ') }
})
app.get('/me', async (request, response) => {
  const found = await auth.api.getSession({ headers: fromNodeHeaders(request.headers) })
  if (found === null) return response.code(401).send()
  return { ...reply, user: { ...reply.user, email: found.user.email } }
})

await app.listen({ port: Number(process.env.PORT) })
