import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import BetterSqlite from 'better-sqlite3'
import t from 'tap'
import { browse, countRotations, expire, openBeside, registerAt, signInAt } from '../../support/browser.ts'
import { basic, clientsBeside, postForm } from '../../support/clients.ts'
import { temporaryDatabase } from '../../support/database.ts'
import type { Jar } from '../../support/jar.ts'
import { startServer } from '../../support/processes.ts'
import { LOGOUT, ME, REFRESH } from '../../support/rotation.ts'

const path = temporaryDatabase(t)
const one = await startServer(t, path)
// Two processes accept the access tokens of each other. The stranger rejects theirs, and they
// reject the stranger's.
const [two, stranger] = await Promise.all([
  startServer(t, path),
  startServer(t, path, { ISSUER: 'http://stranger.example' }),
])
const database = openBeside(t, path)
const rotations = countRotations(database)
const typesOf = () => database.prepare('SELECT DISTINCT type FROM auth_events').pluck().all() as string[]
const revoked = () =>
  database.prepare("SELECT count(*) FROM sessions WHERE revoked_reason = 'reuse'").pluck().get()

t.test(
  "27: access cookie lost at every request, six requests at once, several processes that reject each other's access tokens: at most one rotation in `D`; no owner signed out",
  async (t) => {
    const jar = await registerAt(one.port, 'ada@example.com')
    // As if the sign-in lay long ago: the next request may rotate.
    database.exec('UPDATE sessions SET rotated_at = rotated_at - 3600000')
    const before = rotations()
    for (let round = 0; round < 4; round += 1) {
      const answers = await Promise.all(
        [one, stranger, two, stranger, one, two].map(({ port }, request) =>
          // Half of them have lost the cookie, the others bring one that some processes reject.
          browse(port, ME, request % 2 === 0 ? jar.copy() : jar.copy().delete('access')),
        ),
      )
      for (const { headers } of answers) jar.take(headers['set-cookie'])
      t.strictSame(
        answers.map(({ statusCode }) => statusCode),
        Array(6).fill(200),
      )
    }
    t.equal(rotations() - before, 1)
    t.equal(revoked(), 0)
  },
)

t.test(
  '30: restore in place under running processes, then a sign-out: refused everywhere at the next request',
  async (t) => {
    const eve = await registerAt(one.port, 'eve@example.com')
    const others = await Promise.all(
      ['a', 'b', 'c'].map((name) => registerAt(one.port, `${name}@example.com`)),
    )
    const isServed = async (port: number, jar: Jar) => (await browse(port, ME, jar.copy())).statusCode === 200
    t.ok((await isServed(one.port, eve)) && (await isServed(two.port, eve)), 'remembered by both')
    const backup = `${path}.backup`
    await database.backup(backup)
    // Numbers of the change feed that the restored database gives out again.
    for (const jar of others) await browse(one.port, LOGOUT, jar.copy())
    t.ok((await isServed(one.port, eve)) && (await isServed(two.port, eve)))

    const source = new BetterSqlite(backup)
    await source.backup(path)
    source.close()
    t.equal((await browse(two.port, LOGOUT, eve.copy())).statusCode, 204)
    for (const jar of others) await browse(two.port, LOGOUT, jar.copy())

    for (const { port } of [one, two, stranger]) {
      t.equal((await browse(port, ME, eve.copy())).statusCode, 401)
    }
  },
)

t.test(
  '34: a process paused for D + G with an abandoned request in its socket: no owner signed out',
  async (t) => {
    const jar = await signInAt(one.port, 'ada@example.com')
    two.pause()
    const abandoned = connect(two.port, 'localhost')
    await once(abandoned, 'connect')
    const cookie = expire(jar.copy()).header()
    const sent = Promise.withResolvers<void>()
    abandoned.write(`GET /me HTTP/1.1\r\nHost: localhost\r\nCookie: ${cookie}\r\n\r\n`, () => sent.resolve())
    await sent.promise
    abandoned.destroy()

    // The browser goes on with another process. D and G pass: as the database has it, long ago.
    database.exec('UPDATE sessions SET rotated_at = rotated_at - 3600000')
    t.equal((await browse(one.port, REFRESH, jar)).statusCode, 204)
    database.exec(
      'UPDATE sessions SET confirmed_at = rotated_at - 1800000, rotated_at = rotated_at - 3600000',
    )
    two.resume()

    while (!typesOf().includes('refresh-late') && !typesOf().includes('refresh-reused')) await sleep(10)
    t.equal(revoked(), 0)
    t.equal((await browse(two.port, ME, jar)).statusCode, 200)
  },
)

t.test(
  'a token that one process revokes is inactive at once in another, and so is a deleted client',
  async (t) => {
    const clients = clientsBeside(t, path)
    const { client, secret } = await clients.create('movies')
    const ask = async (port: number, token: string | undefined) =>
      (await postForm(port, '/auth/introspect', { token: token ?? '' }, basic(client.id, secret))).json()
    const ends = [
      (jar: Jar) => postForm(one.port, '/auth/revoke', { token: jar.get('refresh') ?? '' }),
      (jar: Jar) => postForm(one.port, '/auth/revoke', { token: jar.get('access') ?? '' }),
      (jar: Jar) => browse(one.port, LOGOUT, jar.copy()),
    ]
    for (const [index, end] of ends.entries()) {
      for (let round = 0; round < 10; round += 1) {
        const jar = await signInAt(one.port, 'ada@example.com')
        const tokens = [jar.get('access'), jar.get('refresh')]
        for (const token of tokens) t.match(await ask(two.port, token), { active: true })
        await end(jar)
        for (const token of tokens) t.strictSame(await ask(two.port, token), { active: false }, `${index}`)
      }
    }
    await clients.delete(client.id)
    for (const { port } of [one, two]) {
      const refused = await postForm(port, '/auth/introspect', { token: 'x' }, basic(client.id, secret))
      t.equal(refused.status, 401)
      t.match(await refused.json(), { error: 'invalid_client' })
    }
  },
)
