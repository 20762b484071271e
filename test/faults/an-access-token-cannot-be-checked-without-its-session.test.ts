import BetterSqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, signUp } from '../support/app.ts'
import { temporaryDatabase } from '../support/database.ts'
import { setCookies } from '../support/jar.ts'

/** A process that has not seen the token of the jar yet, and the database that it reads, opened from outside. */
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
  'a good token that a process has not seen yet: 503 while the tables cannot be read, and cookies are kept',
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

t.test(
  'an outage that passes meanwhile does not turn the check of a good token into a refresh',
  async (t) => {
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
  },
)
