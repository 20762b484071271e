import { setImmediate as nextTurn } from 'node:timers/promises'
import BetterSqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import { createSqliteStore } from '../../../src/db/sqlite/store.ts'
import type { SessionChange } from '../../../src/store/changes.ts'
import type { Store } from '../../../src/store/store.ts'
import { buildApp, signUp, type TestApp } from '../../support/app.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { someSession, someUser } from '../../support/rows-by-hand.ts'
import { bearer, fetchTokens } from '../../support/tokens.ts'

const NEVER = { sessionsBefore: 0, throttlesBefore: 0, eventsBefore: 0, rows: 100 }

function open(t: Test, path: string): Store {
  const store = createSqliteStore({ url: `file:${path}` })
  t.teardown(() => store.close())
  return store
}

const idsIn = (changes: readonly SessionChange[] | 'everything') =>
  changes === 'everything' ? changes : changes.map(({ id }) => id)

/** The ids of sessions and accounts. Asked in a turn of its own, as a request from outside is. */
async function told(store: Store): Promise<readonly string[] | 'everything'> {
  await nextTurn()
  return idsIn(store.changedSessions())
}

/** Two connections to one file, as two processes have them, and so many sessions. */
async function twoStores(t: Test, sessions = 5) {
  const path = temporaryDatabase(t)
  const [here, there] = [open(t, path), open(t, path)]
  const user = someUser()
  await here.createUser(user)
  const sids: string[] = []
  for (let index = 0; index < sessions; index++) {
    const session = someSession(user.id)
    await here.createSession(session)
    sids.push(session.id)
  }
  here.changedSessions()
  there.changedSessions()
  return { path, here, there, user, sids: sids as [string, string, string, string, string] }
}

t.test('what ends here is told here and there, once', async (t) => {
  const { here, there, sids } = await twoStores(t)
  await here.endSession(sids[0], 'logout', 1)
  t.strictSame(await told(here), [sids[0]])
  t.strictSame(await told(there), [sids[0]])
  t.strictSame(await told(here), [])
  t.strictSame(await told(there), [])
})

t.test('in the order in which it happened, wherever it did', async (t) => {
  const { here, there, sids } = await twoStores(t)
  await here.endSession(sids[2], 'logout', 1)
  await there.endSession(sids[0], 'logout', 2)
  await here.endSession(sids[1], 'logout', 3)
  t.strictSame(await told(here), [sids[2], sids[0], sids[1]])
  t.strictSame(await told(there), [sids[2], sids[0], sids[1]])
})

t.test('sessions that end together, go stale or lose their account are told', async (t) => {
  const { here, there, user, sids } = await twoStores(t, 3)
  await here.createUser(someUser({ role: 'admin' }))
  const account = [{ of: 'user', id: user.id }]
  const changes = async () => {
    await nextTurn()
    return there.changedSessions()
  }
  await here.changeAccess(user.id, { role: 'admin' }, 1)
  t.strictSame(await changes(), account, 'a new role')
  await here.changeAccess(user.id, { passwordChangeRequired: true }, 1)
  t.strictSame(await changes(), account, 'a new password that is required')
  await here.renameUser(user.id, 'Ada', 1)
  t.strictSame(await changes(), account, 'a new name is one row, however many sessions there are')
  await here.renameUser(user.id, 'Ada', 2)
  t.strictSame(await changes(), [], 'the same name again')
  await here.changePassword(user.id, 'hash', 1, { sid: sids[0], passwordChangedAt: 0 })
  t.same(new Set(await told(there)), new Set(sids), 'a new password')
  await here.changeAccess(user.id, { disabled: true }, 1)
  t.strictSame(await changes(), [{ of: 'session', id: sids[0] }], 'disabled')
  await here.changeAccess(user.id, { disabled: false }, 1)
  t.strictSame(await changes(), account, 'enabled')
  await here.createSession(someSession(user.id))
  await here.deleteUser(user.id, 1)
  t.strictSame(await changes(), account, 'deleted')
})

t.test('in one turn, the other process is asked once, and this one always', async (t) => {
  const { here, there, sids } = await twoStores(t)
  t.strictSame(await told(here), [])
  await there.endSession(sids[0], 'logout', 1)
  await here.endSession(sids[1], 'logout', 2)
  t.strictSame(
    idsIn(here.changedSessions()),
    [sids[0], sids[1]],
    'what ended here is told at once, and with it the other',
  )
})

t.test('writes that change nobody are nothing to tell', async (t) => {
  const { here, there, user, sids } = await twoStores(t)
  await here.createSession(someSession(user.id))
  await here.confirmSession(sids[0], 1, 1)
  await here.endSession('AAAAAAAAAAAAAAAAAAAAAA', 'logout', 1)
  t.strictSame(await told(there), [])
  t.strictSame(await told(here), [])
})

t.test('who has read everything misses nothing when it is pruned', async (t) => {
  const { here, there, sids } = await twoStores(t)
  for (const sid of sids.slice(0, 3)) await here.endSession(sid, 'logout', 1)
  await told(there)
  t.equal(await here.prune({ ...NEVER, changesBefore: 100 }), 2, 'the newest stays')
  t.strictSame(await told(there), [])
  await here.endSession(sids[3], 'logout', 2)
  t.strictSame(await told(there), [sids[3]])
})

t.test('who has missed what was pruned is told that everything may have changed', async (t) => {
  const { here, there, sids } = await twoStores(t)
  await here.endSession(sids[0], 'logout', 1)
  await told(there)
  await here.endSession(sids[1], 'logout', 1)
  await here.endSession(sids[2], 'logout', 1)
  await here.prune({ ...NEVER, changesBefore: 100 })
  t.equal(await told(there), 'everything')
  t.strictSame(await told(there), [])
  await here.endSession(sids[3], 'logout', 2)
  t.strictSame(await told(there), [sids[3]], 'from then on it goes on as before')
})

t.test('who had read nothing yet is told so too', async (t) => {
  const { here, there, sids } = await twoStores(t)
  await here.endSession(sids[0], 'logout', 1)
  await here.endSession(sids[1], 'logout', 1)
  await here.prune({ ...NEVER, changesBefore: 100 })
  t.equal(await told(there), 'everything')
})

t.test('a database that went back in time: everything may have changed', async (t) => {
  const { path, here, there, sids } = await twoStores(t)
  await here.endSession(sids[0], 'logout', 1)
  t.strictSame(await told(there), [sids[0]])
  const raw = new BetterSqlite(path)
  t.teardown(() => raw.close())
  raw.exec(`DELETE FROM session_changes; DELETE FROM sqlite_sequence WHERE name = 'session_changes'`)
  t.equal(await told(there), 'everything')
  await here.endSession(sids[1], 'logout', 2)
  t.strictSame(await told(there), [sids[1]])
})

t.test('a store that is opened later does not hear what was before it', async (t) => {
  const { path, here, sids } = await twoStores(t)
  await here.endSession(sids[0], 'logout', 1)
  const later = open(t, path)
  t.strictSame(await told(later), [])
  await here.endSession(sids[1], 'logout', 1)
  t.strictSame(await told(later), [sids[1]])
})

t.test(
  'over HTTP: who signs out at one process is refused by the other at the very next request',
  async (t) => {
    const DATABASE_URL = `file:${temporaryDatabase(t)}`
    const one = await buildApp(t, { environment: { DATABASE_URL } })
    const other = await buildApp(t, { environment: { DATABASE_URL }, clock: one.clock })
    const browser = await signUp(one)
    const before = browser.copy()
    const { access_token } = await fetchTokens(one)
    for (const service of [one, other]) {
      t.equal((await service.request({ url: '/me' }, browser.copy())).statusCode, 200)
      t.equal((await service.request({ url: '/me', headers: bearer(access_token) })).statusCode, 200)
    }
    await one.request({ method: 'POST', url: '/auth/logout' }, browser)
    t.equal((await other.request({ url: '/me' }, before)).statusCode, 401)
    t.equal((await other.request({ url: '/me', headers: bearer(access_token) })).statusCode, 200)
  },
)

t.test(
  'over HTTP: a name that is changed at one process is told by the other at the next request',
  async (t) => {
    const DATABASE_URL = `file:${temporaryDatabase(t)}`
    const one = await buildApp(t, { environment: { DATABASE_URL } })
    const other = await buildApp(t, { environment: { DATABASE_URL }, clock: one.clock })
    const browser = await signUp(one)
    const tools = [await fetchTokens(one), await fetchTokens(other)].map(({ access_token }) => access_token)
    const names = (service: TestApp) =>
      Promise.all(
        tools.map(async (token) => {
          const { user } = (await service.request({ url: '/me', headers: bearer(token) })).json()
          return user.name
        }),
      )
    for (const service of [one, other]) t.same(await names(service), [null, null])
    await one.request({ method: 'PATCH', url: '/me', payload: { name: 'Ada' } }, browser)
    for (const service of [one, other]) t.same(await names(service), ['Ada', 'Ada'])
  },
)
