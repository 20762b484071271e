import BetterSqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, PASSWORD, signUp } from '../../support/app.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { setCookies } from '../../support/jar.ts'
import { REFRESH } from '../../support/rotation.ts'
import { bearer, claimsOf, HEADER, jwt } from '../../support/tokens.ts'

/** A process that has not cached the token of the jar, and a second connection to its database. */
async function besideAnother(t: Test) {
  const path = temporaryDatabase(t)
  const environment = { DATABASE_URL: `file:${path}` }
  const one = await buildApp(t, { environment })
  const other = await buildApp(t, { environment })
  const jar = await signUp(one)
  const outside = new BetterSqlite(path)
  t.teardown(() => outside.close())
  return { other, jar, outside }
}

t.test(
  'answers 503 to a valid token that is new to a process while the tables cannot be read, and keeps cookies',
  async (t) => {
    const { other, jar, outside } = await besideAnother(t)

    outside.exec('ALTER TABLE users RENAME TO users_elsewhere')
    const response = await other.request({ url: '/me' }, jar)
    t.equal(response.statusCode, 503)
    t.match(response.json(), { code: 'STORE_UNAVAILABLE' })
    t.ok(response.headers['retry-after'])
    t.same(setCookies(response), [])

    outside.exec('ALTER TABLE users_elsewhere RENAME TO users')
    t.equal((await other.request({ url: '/me' }, jar)).statusCode, 200)
  },
)

t.test('does not refresh for a valid access token when an outage passes during its check', async (t) => {
  const { other, jar, outside } = await besideAnother(t)
  const { store } = internalsOf(other.app)
  const { findSession } = store
  Object.assign(store, {
    findSession: (sid: string) =>
      findSession(sid).finally(() => {
        outside.exec('ALTER TABLE users_elsewhere RENAME TO users')
        Object.assign(store, { findSession })
      }),
  })

  outside.exec('ALTER TABLE users RENAME TO users_elsewhere')
  const response = await other.request({ url: '/me' }, jar)
  t.equal(response.statusCode, 503)
  t.same(setCookies(response), [])
  t.equal((await other.request({ url: '/me' }, jar)).statusCode, 200)
})

const FEED = ['session_changes', 'auth_events'] as const

t.test('refuses every request without the tables, shows no detail, and logs the error', async (t) => {
  const path = temporaryDatabase(t)
  const lines: string[] = []
  const service = await buildApp(t, {
    environment: { DATABASE_URL: `file:${path}` },
    log: (line) => lines.push(line),
  })
  const jar = await signUp(service)
  const outside = new BetterSqlite(path)
  t.teardown(() => outside.close())
  const definition = outside.prepare('SELECT sql FROM sqlite_schema WHERE name = ?').pluck()
  const feed = FEED.map((table) => definition.get(table) as string)
  outside.pragma('foreign_keys = off')
  for (const table of ['sessions', 'users', 'login_throttles', ...FEED]) outside.exec(`DROP TABLE ${table}`)

  const access = String(jar.get('access'))
  // A genuine token that the service has not seen yet.
  const another = jwt(HEADER, { ...claimsOf(access), jti: 'another' })
  const post = (url: string, payload: object) => service.request({ method: 'POST', url, payload })
  const refresh_token = String(jar.get('refresh'))
  const isRefused = async (t: Test) => {
    for (const answer of [
      await service.request({ url: '/me', headers: bearer(access) }),
      await service.request({ url: '/me', headers: bearer(another) }),
      await service.request({ url: '/me' }, jar.copy()),
      await service.request(REFRESH, jar.copy()),
      await post('/auth/register', { email: 'bo@example.com', password: PASSWORD }),
      await post('/auth/login', { email: 'ada@example.com', password: PASSWORD }),
      await post('/auth/token', { grant_type: 'refresh_token', refresh_token }),
    ]) {
      t.ok(answer.statusCode >= 500, `${answer.statusCode}`)
      t.same(setCookies(answer), [])
      t.notMatch(
        answer.body,
        /sqlite|SELECT|table|node_modules|\bat .*:\d+:\d+|\/src\/|eyJ|tacit_rt_|argon2/i,
      )
    }
  }
  await t.test('answers without detail while the feed cannot be read either', isRefused)
  for (const sql of feed) outside.exec(sql)
  await t.test('answers without detail while the feed can be read', isRefused)
  t.match(lines.join(''), /no such table/)
  await Promise.all(
    Array.from({ length: 20 }, () => service.request({ url: '/me', headers: bearer('a.b.c') })),
  )
  t.equal((await service.request({ url: '/health/live' })).statusCode, 200)
})
