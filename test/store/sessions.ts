import { randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import { someEvent, someSession, someUser } from '../support/rows-by-hand.ts'
import { countOf, type Implementation, type TwoStores, twoStores } from './database.ts'

const CLIENT = { ip: '2001:db8::1', userAgent: 'another browser' }
const HOUR = 3_600_000
const FAR = 1_000 * HOUR

/** An account with one session, begun at 0. */
async function signedIn(t: Test, implementation: Implementation, change = {}) {
  const stores = await twoStores(t, implementation)
  const user = someUser()
  await stores.store.createUser(user)
  const session = someSession(user.id, { idleExpiresAt: FAR, expiresAt: FAR, ...change })
  await stores.store.createSession(session)
  return { ...stores, user, session }
}

const rotation = (id: string, change = {}) => ({
  id,
  from: 1,
  to: 2,
  rotatedAt: 100,
  handedAt: null,
  idleExpiresAt: FAR + 1,
  arrived: 90,
  settledBy: 90,
  ...CLIENT,
  ...change,
})

const reissue = (id: string, change = {}) => ({
  id,
  generation: 1,
  handedAt: 50,
  arrived: 40,
  idleExpiresAt: 0,
  ...change,
})

const rowOf = async ({ other }: TwoStores, id: string) => (await other.findSession(id))?.session

/** What the contract of sessions promises. */
export function sessionsConform(t: Test, implementation: Implementation): void {
  t.test('sessions: returns a session as it was begun, with its account', async (t) => {
    const { other, user, session } = await signedIn(t, implementation, {
      handedAt: 1,
      usedAt: 2,
      confirmedAt: 3,
      fallbacks: 1,
      generation: 2 ** 40 - 1,
      remember: false,
      isByCookie: false,
    })
    t.strictSame(await other.findSession(session.id), { session, user })
    t.equal(await other.findSession(randomBytes(16).toString('base64url')), undefined)
  })

  t.test('sessions: decides each of many changes that are made at once by its own row', async (t) => {
    const { store, other, user } = await signedIn(t, implementation)
    const begun = Array.from({ length: 12 }, () =>
      someSession(user.id, { idleExpiresAt: FAR, expiresAt: FAR }),
    )
    await Promise.all(begun.map((session) => store.createSession(session)))
    const [ended, ahead, settled, ...usual] = begun as [(typeof begun)[number], ...typeof begun] &
      Record<0 | 1 | 2, (typeof begun)[number]>
    await store.endSession(ended.id, 'logout', 80)
    const missing = randomBytes(16).toString('base64url')
    const at = (index: number) => ({ rotatedAt: 100 + index, ip: `192.0.2.${index}` })
    const rotated = await Promise.all([
      store.rotateSession(rotation(ended.id)),
      store.rotateSession(rotation(ahead.id, { from: 2, to: 3 })),
      store.rotateSession(rotation(settled.id, { settledBy: -1 })),
      store.rotateSession(rotation(missing)),
      ...usual.map(({ id }, index) => store.rotateSession(rotation(id, at(index)))),
      // Of two with the same generation one wins.
      ...usual.map(({ id }, index) => store.rotateSession(rotation(id, { ...at(index), ip: '192.0.2.99' }))),
    ])
    t.strictSame(
      rotated.slice(0, 4),
      Array.from({ length: 4 }, () => undefined),
    )
    for (const [index, { id }] of usual.entries()) {
      const pair = [rotated[4 + index], rotated[4 + usual.length + index]]
      t.equal(pair.filter((row) => row !== undefined).length, 1)
      const row = pair.find((one) => one !== undefined)
      t.match(row, {
        session: { id, generation: 2, rotatedAt: 100 + index, userAgent: CLIENT.userAgent },
        user,
      })
      t.strictSame(await other.findSession(id), row)
    }
    const found = await Promise.all(
      [missing, ...begun.map(({ id }) => id)].map((id) => store.findSession(id)),
    )
    t.strictSame(
      found.map((row) => row?.session.id),
      [undefined, ...begun.map(({ id }) => id)],
    )
    await Promise.all(begun.map(({ id }, index) => store.confirmSession(id, 2, 200 + index)))
    const confirmed = await Promise.all(begun.map(({ id }) => rowOf({ other } as TwoStores, id)))
    t.strictSame(
      confirmed.map((row) => row?.confirmedAt),
      [null, null, null, ...usual.map((_, index) => 203 + index)],
    )
  })

  t.test('sessions: refuses a session without an account', async (t) => {
    const { store } = await twoStores(t, implementation)
    await t.rejects(store.createSession(someSession(someUser().id)))
  })

  t.test('sessions: begins none when the account has changed since the proof', async (t) => {
    const { store, user } = await signedIn(t, implementation)
    const account = { passwordChangedAt: 0, maxSessions: 9, clearFailures: [], event: someEvent() }
    const begin = (change = {}) => store.createSession(someSession(user.id), { ...account, ...change })
    t.ok(await begin())
    t.equal(await begin({ passwordChangedAt: 1 }), null)
    await store.changeAccess(user.id, { disabled: true }, 1)
    t.equal(await begin(), null)
    t.equal((await store.listEvents(9)).length, 1, 'an event is stored along with the session, or not at all')
  })

  t.test(
    'sessions: ends those seen least recently beyond the limit, of two that begin at once',
    async (t) => {
      const stores = await signedIn(t, implementation)
      const { store, other, user } = stores
      const key = randomBytes(32)
      await store.countAttempt({ key, follows: undefined, failures: 1, at: 1, forgetAt: FAR })
      const account = { passwordChangedAt: 0, maxSessions: 2, clearFailures: [key], event: someEvent() }
      const fresh = (at: number) =>
        someSession(user.id, { createdAt: at, lastSeenAt: at, idleExpiresAt: FAR, expiresAt: FAR })
      const begun = await Promise.all([
        store.createSession(fresh(5), account),
        other.createSession(fresh(6), account),
      ])
      t.equal(begun.flatMap((each) => each?.ended ?? []).length, 1)
      t.equal((await store.listSessions(user.id, 10)).length, 2)
      t.match(await rowOf(stores, stores.session.id), { revokedReason: 'session-limit' })
      t.equal(await store.findThrottle(key), undefined, 'failures are cleared along with it')
    },
  )

  t.test('sessions: rotates once, of fifty that ask at once in two processes', async (t) => {
    const stores = await signedIn(t, implementation)
    const { store, other, session, user } = stores
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, place) =>
        (place % 2 ? store : other).rotateSession(rotation(session.id)),
      ),
    )
    const rotated = results.filter((result) => result !== undefined)
    t.equal(rotated.length, 1)
    t.match(rotated[0], {
      user,
      session: {
        generation: 2,
        rotatedAt: 100,
        handedAt: null,
        usedAt: null,
        fallbacks: 0,
        confirmedAt: null,
        lastSeenAt: 100,
        ...CLIENT,
      },
    })
    t.strictSame(await rowOf(stores, session.id), rotated[0]?.session)
  })

  t.test('sessions: rotates only from a generation that has settled', async (t) => {
    for (const [row, settledBy] of [
      [{ rotatedAt: 91 }, 90],
      [{ handedAt: 91 }, 90],
    ] as const) {
      const { store, session } = await signedIn(t, implementation, row)
      t.equal(await store.rotateSession(rotation(session.id, { settledBy })), undefined)
      t.ok(await store.rotateSession(rotation(session.id, { settledBy: 91 })))
      // The first generation is not current any more, however long ago that was.
      t.equal(await store.rotateSession(rotation(session.id, { settledBy: 1_000 })), undefined)
    }
  })

  t.test('sessions: neither rotates nor reissues a session that has ended by then', async (t) => {
    for (const row of [{ idleExpiresAt: 40 }, { expiresAt: 40 }, { revokedAt: 1, revokedReason: 'logout' }]) {
      const { store, session } = await signedIn(t, implementation, row)
      t.equal(await store.rotateSession(rotation(session.id, { arrived: 40 })), undefined)
      t.equal(await store.reissueSession(reissue(session.id)), undefined)
      t.equal(await store.currentGeneration(session.id, 40), null)
    }
  })

  t.test('sessions: stores the event of a rotation along with it, or not at all', async (t) => {
    const { store, session } = await signedIn(t, implementation)
    const event = someEvent({ type: 'session-forwarded' })
    t.equal(await store.currentGeneration(session.id, 1), 1)
    t.ok(await store.rotateSession(rotation(session.id, { to: 7, event })))
    t.equal(await store.currentGeneration(session.id, 1), 7)
    t.equal(await store.rotateSession(rotation(session.id, { to: 7, event })), undefined)
    t.equal((await store.listEvents(9)).length, 1)
  })

  t.test('sessions: moves the idle limit forward only', async (t) => {
    const stores = await signedIn(t, implementation, { idleExpiresAt: 1_000 })
    const { store, session } = stores
    await store.rotateSession(rotation(session.id, { idleExpiresAt: 500 }))
    t.match(await rowOf(stores, session.id), { idleExpiresAt: 1_000 })
    await store.reissueSession(reissue(session.id, { generation: 2, idleExpiresAt: 2_000 }))
    t.match(await rowOf(stores, session.id), { idleExpiresAt: 2_000, handedAt: 50 })
  })

  t.test('sessions: forgives one fall-back in a generation, of ten that ask at once', async (t) => {
    const stores = await signedIn(t, implementation, { usedAt: 10 })
    const { store, other, session } = stores
    const event = someEvent({ type: 'session-fell-back' })
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, place) =>
        (place % 2 ? store : other).reissueSession(reissue(session.id, { event })),
      ),
    )
    t.equal(results.length - countOf(results, undefined), 1)
    t.match(await rowOf(stores, session.id), { fallbacks: 1, usedAt: null, handedAt: 50 })
    t.equal((await store.listEvents(20)).length, 1)
  })

  t.test(
    'sessions: records first use and first proof once, and of the current generation alone',
    async (t) => {
      const stores = await signedIn(t, implementation)
      const { store, other, session } = stores
      await store.markUsed(session.id, 2, 5)
      await store.confirmSession(session.id, 2, 5)
      t.match(await rowOf(stores, session.id), { usedAt: null, confirmedAt: null })
      await Promise.all([store.markUsed(session.id, 1, 6), other.markUsed(session.id, 1, 6)])
      await store.markUsed(session.id, 1, 7)
      await store.confirmSession(session.id, 1, 8)
      await other.confirmSession(session.id, 1, 9)
      t.match(await rowOf(stores, session.id), { usedAt: 6, confirmedAt: 8 })
    },
  )

  t.test('sessions: ends one once, with its event, of two that ask at once', async (t) => {
    const stores = await signedIn(t, implementation)
    const { store, other, session } = stores
    const event = someEvent({ type: 'refresh-reused' })
    const results = await Promise.all([
      store.endSession(session.id, 'reuse', 5, event),
      other.endSession(session.id, 'reuse', 5, event),
    ])
    t.strictSame(results.sort(), [false, true])
    t.match(await rowOf(stores, session.id), { revokedAt: 5, revokedReason: 'reuse' })
    t.equal((await store.listEvents(9)).length, 1)
  })

  t.test('sessions: a sign-out during a rotation wins', async (t) => {
    const { store, other, session } = await signedIn(t, implementation)
    await Promise.all([
      store.rotateSession(rotation(session.id)),
      other.endSession(session.id, 'logout', 95),
      store.rotateSession(rotation(session.id, { from: 2, to: 3 })),
    ])
    t.equal(await other.currentGeneration(session.id, 95), null)
    t.equal(await store.rotateSession(rotation(session.id, { from: 2, to: 3 })), undefined)
  })

  t.test('sessions: ends all of an account but one, those that have run out included', async (t) => {
    const stores = await signedIn(t, implementation)
    const { store, user, session } = stores
    const ranOut = someSession(user.id, { idleExpiresAt: 10 })
    const alive = someSession(user.id, { idleExpiresAt: FAR, expiresAt: FAR })
    for (const each of [ranOut, alive]) await store.createSession(each)
    t.strictSame(await store.endSessionsOf(user.id, 'ended-by-user', 20, session.id), [alive.id])
    t.match(await rowOf(stores, ranOut.id), { revokedReason: 'ended-by-user' })
    t.match(await rowOf(stores, session.id), { revokedAt: null })
  })

  t.test('sessions: lists those that are alive, the latest seen first', async (t) => {
    const { store, user, session } = await signedIn(t, implementation)
    const later = someSession(user.id, { lastSeenAt: 9, idleExpiresAt: FAR, expiresAt: FAR })
    await store.createSession(later)
    await store.createSession(someSession(user.id, { idleExpiresAt: 5 }))
    t.strictSame(
      (await store.listSessions(user.id, 10)).map(({ id }) => id),
      [later.id, session.id],
    )
  })

  t.test("sessions: ends another account's sessions for an actor, and none of a third account", async (t) => {
    const { store, user, session } = await signedIn(t, implementation)
    const actor = someUser({ role: 'admin' })
    await store.createUser(actor)
    const own = someSession(actor.id)
    await store.createSession(own)
    const by = { userId: actor.id, sid: own.id, reaches: () => true }
    const ending = { userId: user.id, reason: 'ended-by-administrator', at: 5 } as const
    t.strictSame(await store.endSessionsFor({ ...ending, sid: own.id }, by), { kind: 'unknown' })
    t.strictSame(await store.endSessionsFor({ ...ending, userId: someUser().id }, by), { kind: 'unknown' })
    t.strictSame(await store.endSessionsFor({ ...ending, sid: session.id }, by), {
      kind: 'ended',
      sids: [session.id],
    })
    t.strictSame(await store.endSessionsFor(ending, by), { kind: 'ended', sids: [] })
  })
}
