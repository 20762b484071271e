import BetterSqlite from 'better-sqlite3'
import { readRefreshToken } from '../../src/sessions/refresh-token.ts'
import { PASSWORD } from './app.ts'
import { Jar } from './jar.ts'
import { begin, readAnswer, type SocketAnswer } from './socket.ts'
import { claimsOf, HEADER, jwt } from './tokens.ts'

/** A request as a browser makes it: cookies are kept as soon as the head of the response is there. */
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
  // What goes wrong once the head is there is told by the response.
  outgoing.on('error', () => {})
  outgoing.end(body)
  const { headers } = await head
  jar.take(headers['set-cookie'])
  return readAnswer(head)
}

/** Registers somebody at a server, over the wire. */
export async function registerAt(port: number, email: string): Promise<Jar> {
  return enter(port, '/auth/register', email, 201)
}

/** Signs somebody in at a server, over the wire. */
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
  return jar.set('access', jwt(HEADER, { ...claims, iat: now - 900, exp: now - 1 }))
}

/** The generation of the session that the jar's refresh cookie names, as the database file has it. */
export function generationOf(database: BetterSqlite.Database, jar: Jar): number {
  const { sid } = readRefreshToken(jar.get('refresh') as string) as { sid: string }
  const select = database.prepare('SELECT generation FROM sessions WHERE id = ?').pluck()
  return select.get(Buffer.from(sid, 'base64url')) as number
}

/** The database file, looked at from outside. */
export function openBeside(t: { teardown(close: () => unknown): unknown }, path: string) {
  const database = new BetterSqlite(path)
  t.teardown(() => database.close())
  return database
}

/** Counts rotations as they are written, whichever process writes them: two that write the same would else look like one. */
export function countRotations(database: BetterSqlite.Database): () => number {
  database.exec(`
    CREATE TABLE rotations (generation);
    CREATE TRIGGER rotated AFTER UPDATE OF generation ON sessions
      BEGIN INSERT INTO rotations VALUES (new.generation); END`)
  const count = database.prepare('SELECT count(*) FROM rotations').pluck()
  return () => count.get() as number
}
