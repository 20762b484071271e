import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Test } from 'tap'
import type { Store } from '../../src/store/store.ts'
import { someSession, someUser } from '../support/rows-by-hand.ts'
import { type Implementation, twoStores } from './database.ts'

/** Reads the feed in a turn of the event loop of its own, as each request does. */
async function changesOf(store: Store) {
  await nextTurn()
  return store.changedSessions()
}

/** An account with one session, of which both stores have heard. */
async function oneSession(t: Test, implementation: Implementation) {
  const { store, other } = await twoStores(t, implementation)
  const user = someUser()
  await store.createUser(user)
  const session = someSession(user.id)
  await store.createSession(session)
  await changesOf(other)
  return { store, other, user, session }
}

const A_YEAR_MS = 365 * 86_400_000

/** What the change feed promises. */
export function changesConform(t: Test, implementation: Implementation): void {
  t.test('changes: tell each store once what ended or went stale, in the order of the commits', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const user = someUser()
    await store.createUser(user)
    const [one, two] = [someSession(user.id), someSession(user.id)]
    for (const session of [one, two]) await store.createSession(session)
    for (const each of [store, other]) await changesOf(each)

    await store.endSession(two.id, 'logout', 1)
    await store.renameUser(user.id, 'Ada', 2)
    await store.renameUser(user.id, 'Ada', 3)
    await other.endSessionsOf(user.id, 'ended-by-user', 4, null)
    const expected = [
      { of: 'session', id: two.id },
      { of: 'user', id: user.id },
      { of: 'session', id: one.id },
    ]
    for (const each of [store, other]) {
      t.strictSame(await changesOf(each), expected)
      t.strictSame(await changesOf(each), [])
    }
  })

  t.test('changes: say nothing of what changes no session', async (t) => {
    const { store, other, user, session } = await oneSession(t, implementation)
    await store.markUsed(session.id, 1, 1)
    await store.endSession(someSession(user.id).id, 'logout', 2)
    await store.renameUser(someUser().id, 'a name', 3)
    t.strictSame(await changesOf(other), [])
  })

  t.test('changes: name the account that is changed, disabled or deleted', async (t) => {
    const { store, other, user, session } = await oneSession(t, implementation)
    await store.changeAccess(user.id, { role: 'editor' }, 1)
    t.strictSame(await changesOf(other), [{ of: 'user', id: user.id }])
    await store.changeAccess(user.id, { disabled: true }, 2)
    t.strictSame(await changesOf(other), [{ of: 'session', id: session.id }])
    await store.deleteUser(user.id, 3)
    t.strictSame(await changesOf(other), [{ of: 'user', id: user.id }])
    const another = someUser()
    await store.createUser(another)
    await store.deleteUserFor(another.id, 4)
    t.strictSame(await changesOf(other), [{ of: 'user', id: another.id }])
  })

  t.test('changes: say everything to a store that has missed what was pruned', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const user = someUser()
    await store.createUser(user)
    await changesOf(other)
    for (let at = 1; at <= 3; at += 1) await store.renameUser(user.id, `name ${at}`, at)
    const limits = {
      sessionsBefore: 0,
      throttlesBefore: 0,
      eventsBefore: 0,
      changesBefore: A_YEAR_MS,
      rows: 10,
    }
    t.equal(await store.prune(limits), 2)
    t.equal(await changesOf(other), 'everything')
    t.strictSame(await changesOf(other), [])
  })
}
