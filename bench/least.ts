/**
 * The least that a silent refresh takes: bare Fastify, and in front of its route one token checked, one row changed on
 * the disk together with those of the other requests, and two tokens and two cookies made. No plugin, no limit, no headers
 * of policy, nothing that could go wrong. Whatever else a service does comes on top.
 */
import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto'
import BetterSqlite from 'better-sqlite3'
import Fastify from 'fastify'
import { reply as body } from './reply.ts'

const database = new BetterSqlite(process.env.DATABASE)
database.pragma('journal_mode = WAL')
database.pragma('synchronous = FULL')
database.exec(
  'CREATE TABLE sessions (id TEXT PRIMARY KEY, generation INTEGER, rotated_at INTEGER) WITHOUT ROWID',
)
const begin = database.prepare('INSERT INTO sessions VALUES (?, 1, 0)')
const swap = database.prepare(
  'UPDATE sessions SET generation = ?, rotated_at = ? WHERE id = ? AND generation = ?',
)

const refreshKey = createSecretKey(randomBytes(32))
const accessKey = createSecretKey(randomBytes(32))
const mac = (key: KeyObject, text: string) => createHmac('sha256', key).update(text).digest()
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const HEADER = part({ alg: 'HS256', typ: 'at+jwt', kid: 'abcdefgh' })

const refreshToken = (head: string) => `${head}.${mac(refreshKey, head).toString('base64url')}`

function accessToken(sid: string, gen: number): string {
  const issued = Math.floor(Date.now() / 1_000)
  const claims = {
    iss: 'http://localhost',
    aud: 'http://localhost',
    sub: sid,
    sid,
    gen,
    role: 'user',
    scope: '',
  }
  const input = `${HEADER}.${part({ ...claims, iat: issued, exp: issued + 900, auth_time: issued })}`
  return `${input}.${mac(accessKey, input).toString('base64url')}`
}

const ATTRIBUTES = 'Max-Age=900; Path=/; HttpOnly; SameSite=Lax'
const cookies = (sid: string, generation: number) => [
  `refresh=${refreshToken(`${sid}.${generation}`)}; ${ATTRIBUTES}`,
  `access=${accessToken(sid, generation)}; ${ATTRIBUTES}`,
]

interface Rotation {
  readonly sid: string
  readonly generation: number
  done(): void
}

let waiting: Rotation[] = []
const rotate = database.transaction((group: readonly Rotation[]) => {
  for (const { sid, generation } of group) swap.run(generation + 1, Date.now(), sid, generation)
})

function flush(): void {
  const group = waiting
  waiting = []
  rotate.immediate(group)
  for (const { done } of group) done()
}

const app = Fastify()

app.post('/auth/register', async (_request, reply) => {
  const sid = randomBytes(16).toString('base64url')
  begin.run(sid)
  return reply.code(201).header('set-cookie', cookies(sid, 1)).send({})
})

app.get('/me', {
  preHandler(request, reply, done) {
    const token = /refresh=([^;]+)/.exec(request.headers.cookie ?? '')?.[1] ?? ''
    const [sid = '', generation, given = ''] = token.split('.')
    const expected = mac(refreshKey, `${sid}.${generation}`)
    if (!timingSafeEqual(Buffer.from(given, 'base64url'), expected)) return done(new Error('forged'))
    const rotation: Rotation = {
      sid,
      generation: Number(generation),
      done() {
        // Also when nothing was changed: whoever lost the answer at the end of a round comes back one step behind.
        reply.header('set-cookie', cookies(sid, Number(generation) + 1))
        done()
      },
    }
    if (waiting.push(rotation) === 1) setImmediate(flush)
  },
  handler: async () => body,
})

await app.listen({ port: Number(process.env.PORT) })
