import { randomBytes } from 'node:crypto'
import { EventEmitter, on } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Test } from 'tap'
import type { SessionChange } from '../../src/store/changes.ts'
import type { Store } from '../../src/store/store.ts'
import { someSession, someUser } from '../support/rows-by-hand.ts'
import { changesOf, type Implementation, type OpenOptions, twoStores } from './database.ts'

/** Reads from a place to the end of the feed. */
async function readOn(store: Store, from: string | null) {
  const changes: (SessionChange | 'everything')[] = []
  let place = from
  for (let hasMore = true; hasMore; ) {
    const page = await store.changesAfter(place)
    changes.push(...(page.changes === 'everything' ? (['everything'] as const) : page.changes))
    ;({ place, hasMore } = page)
  }
  return { changes, place: place as string }
}

/** An account with one session, of which both stores have heard. */
async function oneSession(t: Test, implementation: Implementation, options?: OpenOptions) {
  const { store, other } = await twoStores(t, implementation, options)
  const user = someUser()
  await store.createUser(user)
  const session = someSession(user.id)
  await store.createSession(session)
  await changesOf(other, implementation)
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
    for (const each of [store, other]) await changesOf(each, implementation)

    await store.endSession(two.id, 'logout', 1)
    await store.renameUser(user.id, 'Ada', 2)
    await store.renameUser(user.id, 'Ada', 3)
    // A store may tell its own changes before those of another one that it has not heard of.
    await implementation.heard?.(other)
    await other.endSessionsOf(user.id, 'ended-by-user', 4, null)
    const expected = [
      { of: 'session', id: two.id },
      { of: 'user', id: user.id },
      { of: 'session', id: one.id },
    ]
    for (const each of [store, other]) {
      t.strictSame(await changesOf(each, implementation), expected)
      t.strictSame(await changesOf(each, implementation), [])
    }
  })

  t.test('changes: say nothing of what changes no session', async (t) => {
    const { store, other, user, session } = await oneSession(t, implementation)
    await store.markUsed(session.id, 1, 1)
    await store.endSession(someSession(user.id).id, 'logout', 2)
    await store.renameUser(someUser().id, 'a name', 3)
    t.strictSame(await changesOf(other, implementation), [])
  })

  t.test('changes: name the account that is changed, disabled or deleted', async (t) => {
    const { store, other, user, session } = await oneSession(t, implementation)
    await store.changeAccess(user.id, { role: 'editor' }, 1)
    t.strictSame(await changesOf(other, implementation), [{ of: 'user', id: user.id }])
    await store.changeAccess(user.id, { disabled: true }, 2)
    t.strictSame(await changesOf(other, implementation), [{ of: 'session', id: session.id }])
    await store.deleteUser(user.id, 3)
    t.strictSame(await changesOf(other, implementation), [{ of: 'user', id: user.id }])
    const another = someUser()
    await store.createUser(another)
    await store.deleteUserFor(another.id, 4)
    t.strictSame(await changesOf(other, implementation), [{ of: 'user', id: another.id }])
  })

  t.test('changes: tell of one that commits after others with higher numbers', async (t) => {
    const { addChange } = implementation
    if (addChange === undefined) return
    const { store, other, session } = await oneSession(t, implementation)
    const someSid = () => randomBytes(16).toString('base64url')
    const [early, undone, late] = [someSid(), someSid(), someSid()]
    const [first, second, third] = [await addChange(early), await addChange(undone), await addChange(late)]
    await store.endSession(session.id, 'logout', 1)
    const told = async () => {
      const changes = await changesOf(other, implementation)
      return changes === 'everything' ? changes : changes.map(({ id }) => id)
    }
    // The feed is empty before it, and its number is not the first one.
    t.equal(await told(), 'everything')
    await third.commit()
    t.strictSame(await told(), [late], 'an open transaction delays no other one')
    await second.undo()
    t.strictSame(await told(), [])
    await first.commit()
    t.strictSame(await told(), [early])
    t.strictSame(await told(), [])
  })

  t.test('changes: say everything to a store that has missed what was pruned', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const user = someUser()
    await store.createUser(user)
    await changesOf(other, implementation)
    for (let at = 1; at <= 3; at += 1) await store.renameUser(user.id, `name ${at}`, at)
    const limits = {
      sessionsBefore: 0,
      throttlesBefore: 0,
      eventsBefore: 0,
      mailBefore: 0,
      oneTimeTokensBefore: 0,
      changesBefore: A_YEAR_MS,
      rows: 10,
    }
    t.equal(await store.prune(limits), 2)
    t.equal(await changesOf(other, implementation), 'everything')
    t.strictSame(await changesOf(other, implementation), [])
  })

  t.test('places: a reader goes on at another store, and misses no change', async (t) => {
    const { store, other, user, session } = await oneSession(t, implementation)
    const { changes: none, place } = await readOn(other, null)
    t.strictSame(none, [])
    t.match(place, /^[A-Za-z0-9-]{1,100}$/)
    await store.endSession(session.id, 'logout', 1)
    const first = await readOn(other, place)
    t.strictSame(first.changes, [{ of: 'session', id: session.id }])
    await other.renameUser(user.id, 'Ada', 2)
    const renamed = { of: 'user', id: user.id }
    for (const each of [store, other]) {
      t.strictSame((await readOn(each, first.place)).changes, [renamed])
      t.strictSame((await readOn(each, place)).changes, [...first.changes, renamed])
      t.strictSame((await readOn(each, null)).changes, [])
    }
  })

  t.test('places: pages hold every change, however many there are', async (t) => {
    const { store, other, user } = await oneSession(t, implementation)
    const { place } = await readOn(store, null)
    for (let at = 1; at <= 1_001; at += 1) await store.renameUser(user.id, `name ${at}`, at)
    const { changes } = await readOn(other, place)
    t.equal(changes.length, 1_001)
    t.notOk(changes.includes('everything'))
  })

  t.test('places: a place that is unknown, foreign or pruned gives everything', async (t) => {
    const { store, user } = await oneSession(t, implementation)
    const { place: pruned } = await readOn(store, null)
    for (let at = 1; at <= 3; at += 1) await store.renameUser(user.id, `name ${at}`, at)
    const { place } = await readOn(store, null)
    const another = await oneSession(t, implementation)
    for (let at = 1; at <= 3; at += 1) await another.store.renameUser(another.user.id, `name ${at}`, at)
    const { place: foreign } = await readOn(another.store, null)
    await store.prune({
      sessionsBefore: 0,
      throttlesBefore: 0,
      eventsBefore: 0,
      mailBefore: 0,
      oneTimeTokensBefore: 0,
      changesBefore: A_YEAR_MS,
      rows: 10,
    })
    const altered = place.replace(/[0-9a-f]/, (digit) => (digit === '0' ? '1' : '0'))
    for (const wrong of [pruned, foreign, altered, '', 'nonsense', `${place}0`, '9'.repeat(1_000)]) {
      const { changes, place: next } = await readOn(store, wrong)
      t.strictSame(changes, ['everything'], wrong.slice(0, 40))
      t.strictSame((await readOn(store, next)).changes, [], 'and goes on from there')
    }
    t.strictSame((await readOn(store, place)).changes, [], 'the newest place is kept')
  })

  t.test('places: a listener is called for the changes of each store until it leaves', async (t) => {
    const { store, other, user } = await oneSession(t, implementation, { hears: true })
    let { place } = await readOn(store, null)
    const calls = new EventEmitter()
    const arriving = on(calls, 'call')
    const stop = store.watchChanges(() => calls.emit('call'))
    const second = store.watchChanges(() => {})
    // The watch itself does not keep a process alive.
    const alive = setInterval(() => {}, 1_000)
    for (const [at, by] of [store, other, store].entries()) {
      await by.renameUser(user.id, `name ${at}`, at)
      let changes: readonly unknown[] = []
      while (changes.length === 0) {
        await arriving.next()
        ;({ changes, place } = await readOn(store, place))
      }
      t.strictSame(changes, [{ of: 'user', id: user.id }])
    }
    clearInterval(alive)
    second()
    stop()
    calls.once('call', () => t.fail('it was called after it left'))
    await store.renameUser(user.id, 'the last', 9)
    await nextTurn()
    await nextTurn()
  })
}
