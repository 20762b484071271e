import { randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import { someEvent, someSession, someUser } from '../support/rows-by-hand.ts'
import { type Implementation, twoStores } from './database.ts'

const operator = undefined

/** What the contract of accounts promises. */
export function usersConform(t: Test, implementation: Implementation): void {
  t.test('users: returns an account as it was created, by id and by key', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const user = someUser({
      name: 'Ada 🙂',
      role: 'editor',
      createdAt: 1,
      passwordChangeRequiredAt: 2,
      disabledAt: 3,
    })
    t.equal(await store.createUser(user), true)
    t.strictSame(await other.findUser(user.id), user)
    t.strictSame(await other.findUserByEmailKey(user.emailKey), user)
    t.equal(await store.findUser(someUser().id), undefined)
    t.equal(await store.findUser('no id at all'), undefined)
    t.equal(await store.findUserByEmailKey('unknown@example.com'), undefined)
  })

  t.test('users: creates one account for an address, of two that ask at once', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const emailKey = 'ada@example.com'
    const results = await Promise.all([
      store.createUser(someUser({ emailKey })),
      other.createUser(someUser({ emailKey })),
    ])
    t.strictSame(results.sort(), [false, true])
    t.equal((await store.listUsers()).length, 1)
  })

  t.test('users: lists the accounts by their keys', async (t) => {
    const { store } = await twoStores(t, implementation)
    for (const emailKey of ['c@x.org', 'a@x.org', 'b@x.org']) await store.createUser(someUser({ emailKey }))
    t.strictSame(
      (await store.listUsers()).map(({ emailKey }) => emailKey),
      ['a@x.org', 'b@x.org', 'c@x.org'],
    )
  })

  t.test('users: searches address, key and name, the newest first, a stretch at a time', async (t) => {
    const { store } = await twoStores(t, implementation)
    const users = ['Ada 100%', 'Bob', 'Ada_Two', null].map((name, place) =>
      someUser({
        id: `0198c0de-0000-7000-8000-00000000000${place}`,
        name,
        email: `${place}@x.org`,
        emailKey: `${place}@x.org`,
      }),
    )
    for (const user of users) await store.createUser(user)
    const [first, , third, fourth] = users.map(({ id }) => id)
    const found = async (text: string) =>
      (await store.searchUsers({ match: { text, emailKey: text }, rows: 10 })).users.map(({ id }) => id)

    t.strictSame(await found('Ada'), [third, first])
    t.strictSame(await found('ada'), [third, first], 'letters from a to z match either case')
    t.strictSame(await found('100%'), [first], 'a percent sign is itself')
    t.strictSame(await found('a_t'), [third], 'an underscore is itself')
    t.strictSame(await found('3@x'), [fourth])
    t.match(await store.searchUsers({ rows: 3 }), { users: { length: 3 }, reached: users[1]?.id })
    t.match(await store.searchUsers({ rows: 3, before: users[1]?.id }), {
      users: [{ id: first }],
      reached: null,
    })
  })

  t.test('users: replaces a hash only while the password that was proved is still the one', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const user = someUser({ passwordHash: 'old', passwordChangedAt: 5 })
    await store.createUser(user)
    const hash = async () => (await other.findUser(user.id))?.passwordHash
    for (const stale of [{ passwordHash: 'another' }, { passwordChangedAt: 4 }]) {
      await store.replacePasswordHash({ ...user, ...stale }, 'new')
      t.equal(await hash(), 'old')
    }
    await store.replacePasswordHash(user, 'new')
    t.equal(await hash(), 'new')
    await store.changeAccess(user.id, { disabled: true }, 6, operator)
    await store.replacePasswordHash({ ...user, passwordHash: 'new' }, 'newer')
    t.equal(await hash(), 'new', 'a disabled account stays as it is')
  })

  t.test('users: keeps the last enabled administrator, of two that demote each other at once', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const [one, two] = [someUser({ role: 'admin' }), someUser({ role: 'admin' })]
    for (const user of [one, two]) await store.createUser(user)
    const results = await Promise.all([
      store.changeAccess(one.id, { role: 'user' }, 1, operator),
      other.changeAccess(two.id, { disabled: true }, 1, operator),
    ])
    t.strictSame(results.map(({ kind }) => kind).sort(), ['changed', 'last-administrator'])
    const left = (await store.listUsers()).find(
      ({ role, disabledAt }) => role === 'admin' && disabledAt === null,
    )
    t.ok(left)
    t.equal(await store.deleteUser(left?.id as string, 2, operator), 'last-administrator')
  })

  t.test('users: tells whether there is an enabled administrator', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const [ada, bob] = [someUser({ role: 'admin', disabledAt: 1 }), someUser({ role: 'editor' })]
    for (const user of [ada, bob]) await store.createUser(user)
    t.equal(await other.hasAdministrator(), false)
    await store.changeAccess(ada.id, { disabled: false }, 2, operator)
    t.equal(await other.hasAdministrator(), true)
  })

  t.test('users: changes role, disabled and the demand for a password at once, or nothing', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const user = someUser()
    await store.createUser(user)
    const change = { role: 'editor', passwordChangeRequired: true }
    t.match(await store.changeAccess(user.id, change, 7, operator), {
      kind: 'changed',
      before: user,
      after: { role: 'editor' },
    })
    t.match(await other.findUser(user.id), { role: 'editor', passwordChangeRequiredAt: 7, disabledAt: null })
    await store.changeAccess(user.id, { passwordChangeRequired: true }, 8, operator)
    t.match(
      await other.findUser(user.id),
      { passwordChangeRequiredAt: 7 },
      'what is so already keeps its time',
    )
    t.strictSame(await store.changeAccess(someUser().id, change, 9, operator), { kind: 'unknown' })
  })

  t.test('users: judges the actor by the rows of the transaction', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const [actor, user] = [someUser({ role: 'support' }), someUser()]
    for (const each of [actor, user]) await store.createUser(each)
    const session = someSession(actor.id)
    await store.createSession(session)
    const reaches = (role: string, of: string) => role === 'support' && of === 'user'
    const by = { userId: actor.id, sid: session.id, reaches }

    t.match(await store.changeAccess(user.id, { passwordChangeRequired: true }, 1, by), { kind: 'changed' })
    t.match(await store.unlockUser(user.id, Buffer.alloc(32), 1, by), { kind: 'unlocked' })
    t.match(await store.changeAccess(user.id, { role: 'admin' }, 1, by), { kind: 'protected' })
    await other.changeAccess(actor.id, { passwordChangeRequired: true }, 2, operator)
    t.match(await store.changeAccess(user.id, { role: 'user' }, 3, by), { kind: 'password-change-required' })
    await other.changeAccess(actor.id, { passwordChangeRequired: false, role: 'user' }, 4, operator)
    t.match(await store.endSessionsFor({ userId: user.id, reason: 'ended-by-administrator', at: 5 }, by), {
      kind: 'protected',
    })
    await other.endSession(session.id, 'logout', 6)
    t.match(await store.unlockUser(user.id, Buffer.alloc(32), 7, by), { kind: 'session-ended' })
    t.match(await store.unlockUser(someUser().id, Buffer.alloc(32), 7, operator), { kind: 'unknown' })
    t.match(await store.unlockUser(user.id, Buffer.alloc(32), 7, operator), { kind: 'unlocked' })

    const disabled = someUser({ disabledAt: 1 })
    await store.createUser(disabled)
    const left = someSession(disabled.id)
    await store.createSession(left)
    const byDisabled = { userId: disabled.id, sid: left.id, reaches: () => true }
    t.match(await store.unlockUser(user.id, Buffer.alloc(32), 8, byDisabled), { kind: 'session-ended' })
  })

  t.test('users: takes the sessions of a deleted account along, and only those', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const [user, stranger] = [someUser(), someUser()]
    for (const each of [user, stranger]) await store.createUser(each)
    const [gone, kept] = [someSession(user.id), someSession(stranger.id)]
    for (const each of [gone, kept]) await store.createSession(each)
    await store.addEvent(someEvent({ userId: user.id }))
    t.equal(await store.deleteUser(user.id, 1, { sid: kept.id, passwordChangedAt: 0 }), 'session-ended')
    t.equal(await store.deleteUser(user.id, 1, { sid: gone.id, passwordChangedAt: 0 }), 'deleted')
    t.equal(await other.findSession(gone.id), undefined)
    t.ok(await other.findSession(kept.id))
    t.equal((await other.listEvents(10, { userId: user.id })).length, 1, 'an event outlives its account')
  })

  t.test(
    'users: deletes the account of another person as its role and that of the actor allow',
    async (t) => {
      const { store, other } = await twoStores(t, implementation)
      const [actor, user, root] = [
        someUser({ role: 'support' }),
        someUser({ role: 'editor' }),
        someUser({ role: 'admin' }),
      ]
      for (const each of [actor, user, root]) await store.createUser(each)
      const [asking, theirs] = [someSession(actor.id), someSession(user.id)]
      for (const session of [asking, theirs]) await store.createSession(session)
      const by = (reached: readonly string[]) => ({
        userId: actor.id,
        sid: asking.id,
        reaches: (role: string, of: string) => role === 'support' && reached.includes(of),
      })

      t.strictSame(await store.deleteUserFor(user.id, 1, by(['user'])), { kind: 'protected' })
      t.ok(await other.findSession(theirs.id))
      t.strictSame(await store.deleteUserFor(someUser().id, 1, by([])), { kind: 'unknown' })
      t.strictSame(await store.deleteUserFor(root.id, 1, by(['admin'])), { kind: 'last-administrator' })
      t.strictSame(await store.deleteUserFor(root.id, 1, operator), { kind: 'last-administrator' })
      await other.changeAccess(actor.id, { passwordChangeRequired: true }, 2, operator)
      t.strictSame(await store.deleteUserFor(user.id, 3, by(['editor'])), {
        kind: 'password-change-required',
      })
      await other.changeAccess(actor.id, { passwordChangeRequired: false }, 4, operator)
      t.strictSame(await store.deleteUserFor(user.id, 5, by(['editor'])), { kind: 'deleted', user })
      t.equal(await other.findUser(user.id), undefined)
      t.equal(await other.findSession(theirs.id), undefined)
      t.strictSame(await store.deleteUserFor(user.id, 6, by(['editor'])), { kind: 'unknown' })
      await other.endSession(asking.id, 'logout', 7)
      t.strictSame(await store.deleteUserFor(root.id, 8, by(['admin'])), { kind: 'session-ended' })
    },
  )

  t.test('users: changes a password once, of two changes that prove the same one', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const user = someUser({ passwordChangedAt: 10, passwordChangeRequiredAt: 1 })
    await store.createUser(user)
    const sessions = [someSession(user.id), someSession(user.id)]
    for (const session of sessions) await store.createSession(session)
    const changed = await store.changePassword(user.id, 'by an operator', 5, operator)
    t.strictSame(changed, await other.findUser(user.id))
    for (const { id } of sessions) {
      t.match((await other.findSession(id))?.session, { revokedReason: 'password-changed' })
    }
    t.match(changed, { passwordHash: 'by an operator', passwordChangeRequiredAt: null })
    t.ok((changed?.passwordChangedAt ?? 0) > 10, 'its time moves forward, although the clock went back')

    const session = someSession(user.id)
    await store.createSession(session)
    const by = { sid: session.id, passwordChangedAt: changed?.passwordChangedAt ?? 0 }
    const results = await Promise.all([
      store.changePassword(user.id, 'one', 20, by),
      other.changePassword(user.id, 'two', 20, by),
    ])
    t.equal(results.filter((result) => result === null).length, 1)
  })

  t.test('users: puts the successor in the place of the session that changes the password', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const user = someUser()
    await store.createUser(user)
    const [asking, another] = [someSession(user.id), someSession(user.id)]
    for (const session of [asking, another]) await store.createSession(session)
    const successor = someSession(user.id)
    const key = randomBytes(32)
    await store.countAttempt({ key, follows: undefined, failures: 1, at: 1, forgetAt: 9 })
    const by = { sid: asking.id, passwordChangedAt: 0, successor, clearFailures: [key] }
    t.equal(await store.changePassword(user.id, 'new', 1, { ...by, passwordChangedAt: 5 }), null)
    t.equal(await other.findSession(successor.id), undefined, 'nothing begins without the proof')
    t.ok(await store.changePassword(user.id, 'new', 1, by))
    t.strictSame((await other.findSession(successor.id))?.session, successor)
    t.equal(await other.findThrottle(key), undefined, 'failures are cleared along with it')
    t.match((await other.findSession(asking.id))?.session, { revokedAt: 1, revokedReason: 'replaced' })
    t.match((await other.findSession(another.id))?.session, { revokedReason: 'password-changed' })
  })

  t.test('users: renames an account', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const user = someUser()
    await store.createUser(user)
    await store.renameUser(user.id, 'Ada', 1)
    t.match(await other.findUser(user.id), { name: 'Ada' })
  })
}
