import { randomBytes, randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { OneTimeToken, PasswordReset } from '../../src/store/one-time-tokens.ts'
import type { Store } from '../../src/store/store.ts'
import type { UserRow } from '../../src/store/user-row.ts'
import { someEvent, someSession, someUser } from '../support/rows-by-hand.ts'
import { changesOf, countOf, type Implementation, twoStores } from './database.ts'
import { someMail } from './outbox.ts'

const someToken = (user: UserRow, change: Partial<OneTimeToken> = {}): OneTimeToken => ({
  hash: randomBytes(32),
  purpose: 'password-reset',
  userId: user.id,
  passwordChangedAt: user.passwordChangedAt,
  emailKey: user.emailKey,
  createdAt: 0,
  expiresAt: 100,
  ...change,
})

const reset = (hash: Buffer, change: Partial<PasswordReset> = {}): PasswordReset => ({
  hash,
  purpose: 'password-reset',
  newHash: 'new',
  at: 50,
  clearFailures: () => [],
  event: (user) => someEvent({ type: 'password-changed', userId: user.id }),
  ...change,
})

const issue = (store: Store, token: OneTimeToken) =>
  store.issueOneTimeToken(token, someMail({ userId: token.userId }))

/** What the contract of one-time tokens promises. */
export function oneTimeTokensConform(t: Test, implementation: Implementation): void {
  async function accountWithToken(t: Test, change: Partial<OneTimeToken> = {}) {
    const stores = await twoStores(t, implementation)
    const user = someUser()
    await stores.store.createUser(user)
    const token = someToken(user, change)
    t.equal(await issue(stores.store, token), true)
    return { ...stores, user, token }
  }

  t.test('one-time tokens: come with a new account and their mail, or not at all', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const user = someUser()
    const token = someToken(user, { purpose: 'email-confirmation' })
    t.equal(await store.createUser(user, { token, mail: someMail({ userId: user.id }) }), true)
    t.match(await other.findOneTimeToken(token.hash, 'email-confirmation', 50), { id: user.id })
    t.equal((await other.listMail(9)).length, 1)
    const twin = someUser({ emailKey: user.emailKey })
    const second = someToken(twin, { purpose: 'email-confirmation' })
    t.equal(await other.createUser(twin, { token: second, mail: someMail({ userId: twin.id }) }), false)
    t.equal(await store.findOneTimeToken(second.hash, 'email-confirmation', 50), undefined)
    t.equal((await store.listMail(9)).length, 1)
  })

  t.test('one-time tokens: are found by their hash, for their purpose, until their expiry', async (t) => {
    const { other, user, token } = await accountWithToken(t)
    t.strictSame(await other.findOneTimeToken(token.hash, 'password-reset', 99), user)
    t.equal(await other.findOneTimeToken(token.hash, 'password-reset', 100), undefined)
    t.equal(await other.findOneTimeToken(token.hash, 'email-confirmation', 99), undefined)
    t.equal(await other.findOneTimeToken(randomBytes(32), 'password-reset', 99), undefined)
  })

  t.test('one-time tokens: a newer one voids the last, of its purpose and account only', async (t) => {
    const { store, other, user, token } = await accountWithToken(t)
    const another = someUser()
    await store.createUser(another)
    const beside = [someToken(user, { purpose: 'email-confirmation' }), someToken(another)]
    for (const each of beside) await issue(store, each)
    t.ok(await other.findOneTimeToken(token.hash, 'password-reset', 1))
    const newer = someToken(user)
    await issue(store, newer)
    t.equal(await other.findOneTimeToken(token.hash, 'password-reset', 1), undefined)
    t.equal(await other.resetPassword(reset(token.hash)), null)
    for (const each of [newer, ...beside]) t.ok(await other.findOneTimeToken(each.hash, each.purpose, 1))
  })

  t.test('one-time tokens: are not issued without their mail', async (t) => {
    const { store, other, user, token } = await accountWithToken(t)
    const limited = someMail({ userId: user.id, limit: { max: 1, since: 0 } })
    const newer = someToken(user)
    t.equal(await store.issueOneTimeToken(newer, limited), false)
    t.equal(await other.findOneTimeToken(newer.hash, 'password-reset', 1), undefined)
    t.ok(await other.findOneTimeToken(token.hash, 'password-reset', 1), 'and the last one is valid')
    t.equal((await other.listMail(9)).length, 1)
  })

  t.test('one-time tokens: a decoy is stored, and never found', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const decoy = someToken(someUser())
    t.equal(await issue(store, decoy), true)
    t.equal(await other.findOneTimeToken(decoy.hash, 'password-reset', 1), undefined)
    t.equal(await other.resetPassword(reset(decoy.hash)), null)
  })

  t.test('one-time tokens: set a password once, end every session and confirm the address', async (t) => {
    const { store, other, user, token } = await accountWithToken(t)
    const session = someSession(user.id)
    await store.createSession(session)
    const key = randomBytes(32)
    await store.countAttempt({ key, follows: undefined, failures: 1, at: 1, forgetAt: 99 })
    await store.changeAccess(user.id, { passwordChangeRequired: true }, 1)
    const mailFor = (after: UserRow) => [someMail({ kind: 'told', userId: after.id })]
    const after = await store.resetPassword(reset(token.hash, { clearFailures: () => [key], mailFor }))
    const changed = {
      passwordHash: 'new',
      passwordChangedAt: 50,
      passwordChangeRequiredAt: null,
      emailConfirmedAt: 50,
    }
    t.match(after, changed)
    t.match(await other.findUser(user.id), changed)
    t.match((await other.findSession(session.id))?.session, { revokedReason: 'password-changed' })
    t.equal(await other.findThrottle(key), undefined)
    t.match(await other.listEvents(1), [{ type: 'password-changed', userId: user.id }])
    t.match(await other.listMail(1), [{ kind: 'told' }])
    t.equal(await other.resetPassword(reset(token.hash)), null, 'and not twice')
    t.equal((await other.listMail(9)).length, 2)
    t.same(await changesOf(other, implementation), [
      { of: 'user', id: user.id },
      { of: 'session', id: session.id },
    ])
  })

  t.test(
    'one-time tokens: the time of the password moves forward, although the clock went back',
    async (t) => {
      const { store } = await twoStores(t, implementation)
      const user = someUser({ passwordChangedAt: 80 })
      await store.createUser(user)
      const token = someToken(user)
      await issue(store, token)
      t.match(await store.resetPassword(reset(token.hash)), { passwordChangedAt: 81 })
    },
  )

  t.test('one-time tokens: are void after a change of the password', async (t) => {
    const { store, other, user, token } = await accountWithToken(t)
    await store.changePassword(user.id, 'other', 10)
    t.equal(await other.findOneTimeToken(token.hash, 'password-reset', 50), undefined)
    t.equal(await other.resetPassword(reset(token.hash)), null)
    t.match(await other.findUser(user.id), { passwordHash: 'other' })
  })

  t.test('one-time tokens: are void for an account that is disabled or deleted', async (t) => {
    const { store, other, user, token } = await accountWithToken(t)
    await store.changeAccess(user.id, { disabled: true }, 10)
    t.equal(await other.resetPassword(reset(token.hash)), null)
    await store.changeAccess(user.id, { disabled: false }, 11)
    t.ok(await other.findOneTimeToken(token.hash, 'password-reset', 50))
    await store.deleteUser(user.id, 12)
    t.equal(await other.resetPassword(reset(token.hash)), null)
  })

  t.test('one-time tokens: of two uses at the same time, one sets its password', async (t) => {
    const { store, other, user, token } = await accountWithToken(t)
    const results = await Promise.all([
      store.resetPassword(reset(token.hash, { newHash: 'one' })),
      other.resetPassword(reset(token.hash, { newHash: 'two' })),
    ])
    t.equal(countOf(results, null), 1)
    const winner = results.find((result) => result !== null)
    t.equal((await store.findUser(user.id))?.passwordHash, winner?.passwordHash)
  })

  t.test('one-time tokens: confirm the address that they were sent to', async (t) => {
    const { store, other, user, token } = await accountWithToken(t, { purpose: 'email-confirmation' })
    const event = (of: UserRow) => someEvent({ type: 'email-confirmed', userId: of.id })
    t.equal(await store.resetPassword(reset(token.hash)), null, 'and set no password')
    t.match(await store.confirmEmail({ hash: token.hash, at: 20, event }), { emailConfirmedAt: 20 })
    t.match(await other.findUser(user.id), { emailConfirmedAt: 20 })
    t.same(await changesOf(other, implementation), [{ of: 'user', id: user.id }])
    t.match(await other.listEvents(1), [{ type: 'email-confirmed', userId: user.id }])
    t.equal(await other.confirmEmail({ hash: token.hash, at: 21, event }), null)

    const elsewhere = someToken(user, {
      purpose: 'email-confirmation',
      emailKey: `${randomUUID()}@example.com`,
    })
    await issue(store, elsewhere)
    t.equal(await store.confirmEmail({ hash: elsewhere.hash, at: 22, event }), null)
    t.match(await other.findUser(user.id), { emailConfirmedAt: 20 })
  })

  t.test('one-time tokens: are void for another address than the one they were sent to', async (t) => {
    const { store, other, token } = await accountWithToken(t, { emailKey: 'before@example.com' })
    t.equal(await other.findOneTimeToken(token.hash, 'password-reset', 50), undefined)
    t.equal(await store.resetPassword(reset(token.hash)), null)
  })

  t.test('one-time tokens: are forgotten after their expiry', async (t) => {
    const { store } = await accountWithToken(t)
    const limits = { sessionsBefore: 0, throttlesBefore: 0, eventsBefore: 0, changesBefore: 0, rows: 9 }
    t.equal(await store.prune({ ...limits, mailBefore: 0, oneTimeTokensBefore: 100 }), 0)
    t.equal(await store.prune({ ...limits, mailBefore: 0, oneTimeTokensBefore: 101 }), 1)
  })
}
