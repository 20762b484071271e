/**
 * A session in the database, looked up by its cookie at every request.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fastifyCookie from '@fastify/cookie'
import fastifySession from '@fastify/session'
import BetterSqlite from 'better-sqlite3'
import Fastify from 'fastify'
import SqliteStore from 'fastify-session-better-sqlite3-store'
import { reply } from '../reply.ts'

const folder = mkdtempSync(join(tmpdir(), 'tacit-bench-'))
process.on('SIGTERM', () => {
  rmSync(folder, { recursive: true })
  process.exit()
})
const database = new BetterSqlite(join(folder, 'sessions.db'))
database.pragma('journal_mode = WAL')

const app = Fastify()
await app.register(fastifyCookie)
await app.register(fastifySession, {
  secret: 'only-for-benchmarks-0123456789-abcdefghij',
  // Without an age, the store fails.
  cookie: { secure: false, maxAge: 60 * 60 * 1_000 },
  saveUninitialized: false,
  store: new SqliteStore(database),
})

app.post('/sign-in', async (request) => {
  request.session.email = reply.user.email
  await request.session.save()
  return { cookie: `sessionId=${encodeURIComponent(request.session.encryptedSessionId)}` }
})
app.get('/me', async (request, response) => {
  const { email } = request.session
  if (email === undefined) return response.code(401).send()
  return { ...reply, user: { ...reply.user, email } }
})

await app.listen({ port: Number(process.env.PORT) })
