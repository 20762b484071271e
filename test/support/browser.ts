import BetterSqlite from 'better-sqlite3'
import { readRefreshToken } from '../../src/protocol/refresh-token.ts'
import { PASSWORD } from './app.ts'
import { Jar } from './jar.ts'
import { ACCESS_TTL } from './rotation.ts'
import { begin, readAnswer, type SocketAnswer } from './socket.ts'
import { claimsOf, HEADER, jwt } from './tokens.ts'

/**
 * A request as a browser makes it: cookies are stored as soon as the head of the response has
 * arrived.
 */
export async function browse(
  port: number,
  options: Parameters<typeof begin>[1],
  jar: Jar,
  payload?: object,
): Promise<SocketAnswer> {
  const body = payload === undefined ? '' : JSON.stringify(payload)
  const { outgoing, head } = begin(port, options, jar, {
    ...(body !== '' && { 'content-type': 'application/json' }),
    ...(options.method === 'POST' && { 'content-length': String(Buffer.byteLength(body)) }),
  })
  // The response reports errors after its head.
  outgoing.on('error', () => {})
  outgoing.end(body)
  const { headers } = await head
  jar.take(headers['set-cookie'])
  return readAnswer(head)
}

/** Registers an account at a server, over the wire. */
export async function registerAt(port: number, email: string): Promise<Jar> {
  return enter(port, '/auth/register', email, 201)
}

/** Signs an account in at a server, over the wire. */
export async function signInAt(port: number, email: string): Promise<Jar> {
  return enter(port, '/auth/login', email, 200)
}

async function enter(port: number, url: string, email: string, expected: number): Promise<Jar> {
  const jar = new Jar()
  const { statusCode, body } = await browse(port, { method: 'POST', url }, jar, { email, password: PASSWORD })
  if (statusCode !== expected) throw new Error(`${url}: ${statusCode} ${body}`)
  return jar
}

/** Makes the jar's access token one that the service signed and that has expired. */
export function expire(jar: Jar): Jar {
  const claims = claimsOf(jar.get('access') as string)
  const now = Math.floor(Date.now() / 1_000)
  return jar.set('access', jwt(HEADER, { ...claims, iat: now - ACCESS_TTL, exp: now - 1 }))
}

/**
 * Moves the session that the jar's refresh cookie names back in time, by the life of an access
 * token: its row says what it would say if that time had passed. The token that was issued last has
 * settled, and is rotated when it comes back.
 */
export function letTimePass(database: BetterSqlite.Database, jar: Jar): void {
  const columns = TIMES_OF_SESSION.map((column) => `${column} = ${column} - @passed`).join(', ')
  const update = database.prepare(`UPDATE sessions SET ${columns} WHERE id = @id`)
  const { changes } = update.run({ passed: ACCESS_TTL * 1_000, id: rowIdOf(jar) })
  if (changes !== 1) throw new Error('the session has no row')
}

/** A time that is null stays so. */
const TIMES_OF_SESSION = [
  'created_at',
  'authenticated_at',
  'last_seen_at',
  'rotated_at',
  'handed_at',
  'used_at',
  'confirmed_at',
  'idle_expires_at',
  'expires_at',
]

/** The generation of the session of the jar's refresh cookie, from the database file. */
export function generationOf(database: BetterSqlite.Database, jar: Jar): number {
  return database.prepare('SELECT generation FROM sessions WHERE id = ?').pluck().get(rowIdOf(jar)) as number
}

function rowIdOf(jar: Jar): Buffer {
  const { sid } = readRefreshToken(jar.get('refresh') as string) as { sid: string }
  return Buffer.from(sid, 'base64url')
}

/** The database file, looked at from outside. */
export function openBeside(t: { teardown(close: () => unknown): unknown }, path: string) {
  const database = new BetterSqlite(path)
  t.teardown(() => database.close())
  return database
}

/** Counts rotations as any process writes them: two that write the same value count twice. */
export function countRotations(database: BetterSqlite.Database): () => number {
  database.exec(`
    CREATE TABLE rotations (generation);
    CREATE TRIGGER rotated AFTER UPDATE OF generation ON sessions
      BEGIN INSERT INTO rotations VALUES (new.generation); END`)
  const count = database.prepare('SELECT count(*) FROM rotations').pluck()
  return () => count.get() as number
}
