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

const NEVER = {
  sessionsBefore: 0,
  throttlesBefore: 0,
  eventsBefore: 0,
  mailBefore: 0,
  oneTimeTokensBefore: 0,
  rows: 100,
}

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

t.test('reports an ended session once to this process and once to others', async (t) => {
  const { here, there, sids } = await twoStores(t)
  await here.endSession(sids[0], 'logout', 1)
  t.strictSame(await told(here), [sids[0]])
  t.strictSame(await told(there), [sids[0]])
  t.strictSame(await told(here), [])
  t.strictSame(await told(there), [])
})

t.test('reports changes in their order, whichever process made them', async (t) => {
  const { here, there, sids } = await twoStores(t)
  await here.endSession(sids[2], 'logout', 1)
  await there.endSession(sids[0], 'logout', 2)
  await here.endSession(sids[1], 'logout', 3)
  t.strictSame(await told(here), [sids[2], sids[0], sids[1]])
  t.strictSame(await told(there), [sids[2], sids[0], sids[1]])
})

t.test('reports sessions that end together, become stale or lose their account', async (t) => {
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

t.test('asks the other process once a turn, and this process always', async (t) => {
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

t.test('reports no change for a write that affects no session', async (t) => {
  const { here, there, user, sids } = await twoStores(t)
  await here.createSession(someSession(user.id))
  await here.confirmSession(sids[0], 1, 1)
  await here.endSession('AAAAAAAAAAAAAAAAAAAAAA', 'logout', 1)
  t.strictSame(await told(there), [])
  t.strictSame(await told(here), [])
})

t.test('a process that has read every change misses none when changes are pruned', async (t) => {
  const { here, there, sids } = await twoStores(t)
  for (const sid of sids.slice(0, 3)) await here.endSession(sid, 'logout', 1)
  await told(there)
  t.equal(await here.prune({ ...NEVER, changesBefore: 100 }), 2, 'the newest stays')
  t.strictSame(await told(there), [])
  await here.endSession(sids[3], 'logout', 2)
  t.strictSame(await told(there), [sids[3]])
})

t.test('tells a process that missed pruned changes that anything may have changed', async (t) => {
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

t.test('tells a process that has read no change yet that anything may have changed', async (t) => {
  const { here, there, sids } = await twoStores(t)
  await here.endSession(sids[0], 'logout', 1)
  await here.endSession(sids[1], 'logout', 1)
  await here.prune({ ...NEVER, changesBefore: 100 })
  t.equal(await told(there), 'everything')
})

t.test('reports that anything may have changed when the database goes back in time', async (t) => {
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

t.test('does not report changes from before the store was opened', async (t) => {
  const { path, here, sids } = await twoStores(t)
  await here.endSession(sids[0], 'logout', 1)
  const later = open(t, path)
  t.strictSame(await told(later), [])
  await here.endSession(sids[1], 'logout', 1)
  t.strictSame(await told(later), [sids[1]])
})

t.test('refuses a signed-out session at another process at its very next request', async (t) => {
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
})

t.test('shows a changed name at another process at the next request', async (t) => {
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
})
