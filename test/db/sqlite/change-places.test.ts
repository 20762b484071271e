import { copyFileSync, renameSync, rmSync } from 'node:fs'
import t, { type Test } from 'tap'
import { createSqliteStore } from '../../../src/db/sqlite/store.ts'
import type { Store } from '../../../src/store/store.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { someEvent, someSession, someUser } from '../../support/rows-by-hand.ts'

function open(t: Test, path: string): Store {
  const store = createSqliteStore({ url: `file:${path}` })
  t.teardown(() => store.close())
  return store
}

/** Makes the changes, and returns the place behind them, of a database that is closed then. */
async function closedDatabase(t: Test, change: (store: Store) => Promise<unknown> = async () => {}) {
  const path = temporaryDatabase(t)
  const user = someUser()
  const before = open(t, path)
  await before.createUser(user)
  const session = someSession(user.id)
  await before.createSession(session)
  await change(before)
  const { place } = await before.changesAfter(null)
  await before.close()
  return { path, user, session, place }
}

function signIn(store: Store, userId: string) {
  const session = someSession(userId)
  const event = someEvent({ userId, sessionId: session.id })
  return store.createSession(session, { passwordChangedAt: 0, maxSessions: 9, clearFailures: [], event })
}

t.test('a place is good after the process has started again, also in an empty feed', async (t) => {
  const { path, session, place } = await closedDatabase(t)
  const again = open(t, path)
  t.match(await again.changesAfter(place), { changes: [], place, hasMore: false })
  await again.endSession(session.id, 'logout', 1)
  const { changes } = await again.changesAfter(place)
  t.strictSame(changes, [{ of: 'session', id: session.id }])
})

t.test('a file that replaces another one has none of its places', async (t) => {
  const { path, place } = await closedDatabase(t)
  copyFileSync(path, `${path}.backup`)
  for (const replace of [
    () => renameSync(`${path}.backup`, path),
    () => {
      copyFileSync(path, `${path}.backup`)
      rmSync(path)
      copyFileSync(`${path}.backup`, path)
    },
  ]) {
    replace()
    const { changes } = await open(t, path).changesAfter(place)
    t.equal(changes, 'everything')
  }
})

t.test('a backup that is restored in place has no later place', async (t) => {
  const later = {
    'after a change': (store: Store, userId: string) => store.renameUser(userId, 'Ada', 1),
    'after a sign-in, which is no change': signIn,
  }
  for (const [title, change] of Object.entries(later)) {
    const { path, user, place: early } = await closedDatabase(t)
    copyFileSync(path, `${path}.backup`)
    const store = open(t, path)
    await change(store, user.id)
    const { place } = await store.changesAfter(early)
    await store.close()
    // Overwritten in place: the file is the same one.
    copyFileSync(`${path}.backup`, path)

    const restored = open(t, path)
    t.equal((await restored.changesAfter(place)).changes, 'everything', title)
    t.strictSame((await restored.changesAfter(early)).changes, [], 'the earlier place is good')
    // The numbers are used again.
    await restored.renameUser(user.id, 'Eve', 2)
    await signIn(restored, user.id)
    t.equal((await restored.changesAfter(place)).changes, 'everything', title)
  }
})

t.test('gives everything for the beginning of a feed whose first changes were pruned', async (t) => {
  const { path, user, place } = await closedDatabase(t)
  const store = open(t, path)
  for (const name of ['a', 'b', 'c']) await store.renameUser(user.id, name, 1)
  const never = {
    sessionsBefore: 0,
    throttlesBefore: 0,
    eventsBefore: 0,
    mailBefore: 0,
    oneTimeTokensBefore: 0,
    rows: 9,
  }
  await store.prune({ ...never, changesBefore: 2 })
  t.equal((await store.changesAfter(place)).changes, 'everything')
})

t.test('a database in memory has places of its own', async (t) => {
  const [one, two] = [createSqliteStore({ url: ':memory:' }), createSqliteStore({ url: ':memory:' })]
  t.teardown(() => Promise.all([one.close(), two.close()]))
  const { place } = await one.changesAfter(null)
  t.strictSame((await one.changesAfter(place)).changes, [])
  t.equal((await two.changesAfter(place)).changes, 'everything')
})

t.test('tells a listener when the database fails, so that it reads and gets the error', async (t) => {
  const path = temporaryDatabase(t)
  const store = open(t, path)
  const { place } = await store.changesAfter(null)
  const { promise: told, resolve } = Promise.withResolvers<void>()
  let calls = 0
  const stop = store.watchChanges(() => {
    calls += 1
    // The first call makes up for what came before the watch.
    if (calls === 1) void store.close()
    else resolve()
  })
  const alive = setInterval(() => {}, 1_000)
  await told
  clearInterval(alive)
  stop()
  await t.rejects(store.changesAfter(place), { code: 'STORE_UNAVAILABLE' })
})

t.test('reports an outage when the file was replaced while it is open', async (t) => {
  const { path } = await closedDatabase(t)
  const store = open(t, path)
  const { place } = await store.changesAfter(null)
  copyFileSync(path, `${path}.new`)
  renameSync(`${path}.new`, path)
  let error: unknown
  while (error === undefined) {
    error = await store.changesAfter(place).then(
      () => new Promise((resolve) => setTimeout(resolve, 20)),
      (failure: unknown) => failure,
    )
  }
  t.match(error, { code: 'STORE_UNAVAILABLE', cause: { message: /replaced by another file/ } })
})
