import { randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import { someEvent, someSession, someUser } from '../support/rows-by-hand.ts'
import { type Implementation, twoStores } from './database.ts'

/** What the contracts of failures, events, signing keys and pruning promise. */
export function countsAndEventsConform(t: Test, implementation: Implementation): void {
  t.test('throttles: count one attempt after a count, of two that read the same', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const key = randomBytes(32)
    const count = (
      follows: { failures: number; lastFailedAt: number } | undefined,
      failures: number,
      at: number,
    ) => ({
      key,
      follows,
      failures,
      at,
      forgetAt: at + 100,
    })
    t.equal(await store.findThrottle(key), undefined)
    t.strictSame(
      (
        await Promise.all([
          store.countAttempt(count(undefined, 1, 5)),
          other.countAttempt(count(undefined, 1, 5)),
        ])
      ).sort(),
      [false, true],
    )
    const first = { failures: 1, lastFailedAt: 5 }
    t.match(await other.findThrottle(key), first)
    t.strictSame(
      (
        await Promise.all([store.countAttempt(count(first, 2, 6)), other.countAttempt(count(first, 2, 6))])
      ).sort(),
      [false, true],
    )
    t.equal(await store.countAttempt(count({ failures: 2, lastFailedAt: 5 }, 3, 7)), false, 'of another time')
    await other.clearFailures(key)
    t.equal(await store.findThrottle(key), undefined)
    t.equal(
      await store.countAttempt(count(first, 2, 8)),
      false,
      'a count that was cleared is not gone on with',
    )
  })

  t.test('events: come back whole, the newest first, by type, account, actor and place', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const [user, actor] = [someUser(), someUser()]
    const whole = someEvent({
      type: 'refresh-reused',
      at: 7,
      userId: user.id,
      sessionId: randomBytes(16).toString('base64url'),
      actorId: actor.id,
      ip: '2001:db8::1',
      userAgent: '🙂',
      reason: 'why',
      facts: {
        presented: 1,
        current: 3,
        secondsSinceReceipt: null,
        rotatedBy: { ip: '::1', userAgent: 'x' },
      },
    })
    await store.addEvent(whole)
    await other.addEvent(someEvent({ type: 'signed-in', userId: user.id }))
    await store.addEvent(someEvent({ type: 'signed-in' }))
    const events = await other.listEvents(10)
    t.strictSame(
      events.map(({ type }) => type),
      ['signed-in', 'signed-in', 'refresh-reused'],
    )
    const [, , { id: _id, ...last } = { id: 0 }] = events
    t.strictSame(last, whole)
    t.equal((await store.listEvents(10, { type: 'signed-in' })).length, 2)
    t.equal((await store.listEvents(10, { userId: user.id })).length, 2)
    t.equal((await store.listEvents(10, { actorId: actor.id })).length, 1)
    t.equal((await store.listEvents(10, { types: ['refresh-reused', 'other'], since: 7 })).length, 1)
    t.equal((await store.listEvents(10, { since: 8 })).length, 0)
    t.equal((await store.listEvents(1)).length, 1)
    t.equal((await store.listEvents(10, { before: events[0]?.id })).length, 2)
  })

  t.test('keys: tell once of a key that follows another one, of two that take it up at once', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const telling = (before: string) => someEvent({ type: 'signing-key', reason: before })
    t.equal(await store.recordSigningKey('first', 1, telling), null)
    t.equal(await other.recordSigningKey('first', 2, telling), null)
    const told = await Promise.all([
      store.recordSigningKey('second', 3, telling),
      other.recordSigningKey('second', 3, telling),
    ])
    t.strictSame(told.map((event) => event?.reason).sort(), ['first', undefined])
    t.equal((await store.listEvents(9)).length, 1)
  })

  t.test('prune: deletes what has run out, a few rows at a time, and keeps the rest', async (t) => {
    const { store } = await twoStores(t, implementation)
    const user = someUser()
    await store.createUser(user)
    const kept = someSession(user.id, { expiresAt: 100 })
    for (const session of [
      someSession(user.id, { expiresAt: 10 }),
      someSession(user.id, { expiresAt: 11 }),
      kept,
    ]) {
      await store.createSession(session)
    }
    const key = randomBytes(32)
    await store.countAttempt({ key, follows: undefined, failures: 1, at: 1, forgetAt: 10 })
    await store.addEvent(someEvent({ at: 10 }))
    const limits = {
      sessionsBefore: 50,
      changesBefore: 50,
      throttlesBefore: 50,
      eventsBefore: 50,
      mailBefore: 0,
      oneTimeTokensBefore: 0,
      rows: 1,
    }
    t.equal(await store.prune(limits), 3)
    t.equal(await store.prune(limits), 1)
    t.equal(await store.prune(limits), 0)
    t.ok(await store.findSession(kept.id))
    t.equal(await store.findThrottle(key), undefined)
  })

  t.test('ping: answers while the database does, and fails once the store is closed', async (t) => {
    const { store } = await twoStores(t, implementation)
    await store.ping()
    await store.close()
    await t.rejects(store.ping(), { code: 'STORE_UNAVAILABLE' })
    await t.rejects(store.findUser(someUser().id), { code: 'STORE_UNAVAILABLE' })
  })
}
