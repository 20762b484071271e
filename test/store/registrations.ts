import { randomBytes, randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { Authority } from '../../src/store/authority.ts'
import type { ConfirmedRegistration, Invitation, Registration } from '../../src/store/registrations.ts'
import type { Store } from '../../src/store/store.ts'
import type { UserRow } from '../../src/store/user-row.ts'
import { NO_PASSWORD } from '../../src/store/users.ts'
import { someEvent, someSession, someUser } from '../support/rows-by-hand.ts'
import { countOf, type Implementation, twoStores } from './database.ts'
import { someMail } from './outbox.ts'

export function someRegistration(change: Partial<Registration> = {}): Registration {
  const email = `${randomUUID()}@example.com`
  return {
    hash: randomBytes(32),
    ...{ email, emailKey: email, name: null, locale: 'de', passwordHash: 'chosen' },
    ...{ createdAt: 0, expiresAt: 100 },
    ...change,
  }
}

export const confirmation = (
  { hash }: Pick<Registration, 'hash'>,
  change: Partial<ConfirmedRegistration> = {},
): ConfirmedRegistration => ({
  hash,
  at: 50,
  userOf: ({ email, emailKey, passwordHash, locale }) =>
    someUser({ email, emailKey, passwordHash, locale, emailConfirmedAt: 50 }),
  clearFailures: () => [],
  eventsOf: ({ id }) => [someEvent({ type: 'registered', userId: id })],
  ...change,
})

const invited = (change: Partial<UserRow> = {}): UserRow =>
  someUser({ passwordHash: NO_PASSWORD, invitedAt: 1, ...change })

export function invitation(user: UserRow, change: Partial<Invitation> = {}) {
  const hashes: Buffer[] = []
  const asked: Invitation = {
    user,
    role: undefined,
    at: 10,
    linkFor({ id: userId, passwordChangedAt, emailKey }) {
      const hash = randomBytes(32)
      hashes.push(hash)
      const times = { passwordChangedAt, createdAt: 10, expiresAt: 100 }
      return {
        token: { hash, purpose: 'invitation', userId, emailKey, ...times },
        mail: someMail({ userId }),
      }
    },
    event: ({ id }) => someEvent({ type: 'invited', userId: id }),
    ...change,
  }
  return { asked, hash: () => hashes.at(-1) as Buffer }
}

const accept = (store: Store, hash: Buffer) =>
  store.resetPassword({
    ...{ hash, purpose: 'invitation', newHash: 'first', at: 60, clearFailures: () => [] },
    event: ({ id }) => someEvent({ type: 'invitation-accepted', userId: id }),
  })

/** What the contract of registrations and invitations promises. */
export function registrationsConform(t: Test, implementation: Implementation): void {
  t.test('registrations: are no account until their link comes back, which works once', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const registration = someRegistration()
    const { emailKey } = registration
    t.equal(await store.addRegistration(registration, someMail()), true)
    t.equal((await other.listMail(9)).length, 1)
    t.equal(await other.findUserByEmailKey(emailKey), undefined)
    const key = randomBytes(32)
    await store.countAttempt({ key, follows: undefined, failures: 1, at: 1, forgetAt: 99 })
    const user = await other.confirmRegistration(confirmation(registration, { clearFailures: () => [key] }))
    t.match(user, { emailKey, passwordHash: 'chosen', locale: 'de', emailConfirmedAt: 50 })
    t.strictSame(await store.findUserByEmailKey(emailKey), user)
    t.equal(await store.findThrottle(key), undefined)
    t.match(await store.listEvents(9), [{ type: 'registered', userId: user?.id }])
    t.equal(await store.confirmRegistration(confirmation(registration)), null)
  })

  t.test('registrations: are not found by another hash, or after their expiry', async (t) => {
    const { store } = await twoStores(t, implementation)
    const registration = someRegistration()
    await store.addRegistration(registration, someMail())
    t.equal(await store.confirmRegistration(confirmation({ hash: randomBytes(32) })), null)
    t.equal(await store.confirmRegistration(confirmation(registration, { at: 100 })), null)
    t.match(await store.confirmRegistration(confirmation(registration, { at: 99 })), {
      passwordHash: 'chosen',
    })
  })

  t.test('registrations: of several of one address, the first link to come back counts', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const first = someRegistration({ passwordHash: 'of the first' })
    const second = someRegistration({ ...first, hash: randomBytes(32), passwordHash: 'of the second' })
    const third = someRegistration({ ...first, hash: randomBytes(32) })
    const elsewhere = someRegistration()
    for (const each of [first, second, third, elsewhere]) await store.addRegistration(each, someMail())
    t.match(await other.confirmRegistration(confirmation(first)), { passwordHash: 'of the first' })
    t.equal(await store.confirmRegistration(confirmation(second)), null)
    t.match(await store.findUserByEmailKey(first.emailKey), { passwordHash: 'of the first' })
    await store.deleteUser((await store.findUserByEmailKey(first.emailKey))?.id as string, 60)
    t.equal(await store.confirmRegistration(confirmation(third)), null, 'and the others are deleted')
    t.ok(await store.confirmRegistration(confirmation(elsewhere)), 'but not those of another address')
  })

  t.test('registrations: of links that come back at the same time, one makes the account', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const one = someRegistration({ passwordHash: 'one' })
    const two = someRegistration({ ...one, hash: randomBytes(32), passwordHash: 'two' })
    for (const each of [one, two]) await store.addRegistration(each, someMail())
    const results = await Promise.all([
      store.confirmRegistration(confirmation(one)),
      other.confirmRegistration(confirmation(two)),
      other.confirmRegistration(confirmation(one)),
      store.confirmRegistration(confirmation(two)),
    ])
    t.equal(countOf(results, null), 3)
    const winner = results.find((result) => result !== null)
    t.strictSame(await store.findUserByEmailKey(one.emailKey), winner)
    t.equal((await store.listEvents(9)).length, 1)
  })

  t.test('registrations: change nothing of an account that has the address', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const registration = someRegistration()
    await store.addRegistration(registration, someMail())
    const owner = someUser({ emailKey: registration.emailKey })
    await store.createUser(owner)
    t.equal(await other.confirmRegistration(confirmation(registration)), null)
    t.strictSame(await store.findUserByEmailKey(owner.emailKey), owner)
    t.strictSame(await store.listEvents(9), [])
  })

  t.test('registrations: are not stored without their mail, and are forgotten later', async (t) => {
    const { store } = await twoStores(t, implementation)
    const userId = randomUUID()
    const limit = { max: 1, since: 0 }
    const [kept, dropped] = [someRegistration(), someRegistration()]
    t.equal(await store.addRegistration(kept, someMail({ userId, limit })), true)
    t.equal(await store.addRegistration(dropped, someMail({ userId, limit })), false)
    t.equal(await store.confirmRegistration(confirmation(dropped)), null)
    const limits = { sessionsBefore: 0, throttlesBefore: 0, eventsBefore: 0, changesBefore: 0, rows: 9 }
    t.equal(await store.prune({ ...limits, mailBefore: 0, oneTimeTokensBefore: 100 }), 0)
    t.equal(await store.prune({ ...limits, mailBefore: 0, oneTimeTokensBefore: 101 }), 1)
    t.equal(await store.confirmRegistration(confirmation(kept)), null)
  })

  t.test('invitations: add an account without a password, whose link sets one', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const user = invited()
    const { asked, hash } = invitation(user)
    t.strictSame(await store.invite(asked), { kind: 'invited', user })
    t.strictSame(await other.findUser(user.id), user)
    t.equal((await other.listMail(9)).length, 1)
    t.match(await other.listEvents(9), [{ type: 'invited', userId: user.id }])
    t.equal(await other.findOneTimeToken(hash(), 'password-reset', 20), undefined, 'of another purpose')
    const changed = { passwordHash: 'first', invitedAt: null, emailConfirmedAt: 60, passwordChangedAt: 60 }
    t.match(await other.resetPassword({ ...resetBy(hash()) }), null)
    t.match(await accept(other, hash()), changed)
    t.match(await store.findUser(user.id), changed)
    t.equal(await accept(store, hash()), null, 'once')
  })

  t.test('invitations: a second one voids the first, and may give another role', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const user = invited({ role: 'admin' })
    const first = invitation(user)
    await store.invite(first.asked)
    const again = invitation(invited({ emailKey: user.emailKey, email: 'other spelling' }))
    t.strictSame(await other.invite(again.asked), { kind: 'invited', user }, 'and keeps the role')
    t.equal(await accept(store, first.hash()), null)
    const last = invitation(invited({ emailKey: user.emailKey }), { role: 'user' })
    t.match(await other.invite(last.asked), { user: { id: user.id, role: 'user' } })
    t.match(await store.findUser(user.id), { role: 'user', email: user.email })
    t.match(await accept(store, last.hash()), { role: 'user' })
    t.same(await other.invite(last.asked), { kind: 'exists' }, 'the account has a password now')
  })

  t.test('invitations: two at the same time leave one account and one link', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const emailKey = `${randomUUID()}@example.com`
    const both = [invitation(invited({ emailKey })), invitation(invited({ emailKey }))] as const
    const outcomes = await Promise.all([store.invite(both[0].asked), other.invite(both[1].asked)])
    t.same(
      outcomes.map(({ kind }) => kind),
      ['invited', 'invited'],
    )
    const accepted = await Promise.all(both.map(({ hash }) => accept(store, hash())))
    t.equal(countOf(accepted, null), 1)
  })

  t.test('invitations: are refused for an account with a password, or a disabled one', async (t) => {
    const { store } = await twoStores(t, implementation)
    const owner = someUser()
    await store.createUser(owner)
    t.same(await store.invite(invitation(invited({ emailKey: owner.emailKey })).asked), { kind: 'exists' })
    const disabled = invited({ disabledAt: 5 })
    await store.createUser(disabled)
    t.same(await store.invite(invitation(disabled).asked), { kind: 'exists' })
    t.strictSame(await store.findUser(owner.id), owner)
    t.strictSame(await store.listMail(9), [])
  })

  t.test('invitations: are refused if the actor does not reach the role, or has left', async (t) => {
    const { store } = await twoStores(t, implementation)
    const actor = someUser({ role: 'support' })
    await store.createUser(actor)
    const session = someSession(actor.id)
    await store.createSession(session)
    const asked: (readonly [string, string])[] = []
    const by = (reaches: boolean): Authority => ({
      ...{ userId: actor.id, sid: session.id },
      reaches(role, other) {
        asked.push([role, other])
        return reaches
      },
    })
    const user = invited({ role: 'admin' })
    t.same(await store.invite(invitation(user).asked, by(false)), { kind: 'protected' })
    t.equal(await store.findUser(user.id), undefined)
    t.match(await store.invite(invitation(user).asked, by(true)), { kind: 'invited' })
    t.match(await store.invite(invitation(user, { role: 'user' }).asked, by(true)), { kind: 'invited' })
    t.same(await store.invite(invitation(someUser(actor)).asked, by(true)), { kind: 'exists' })
    t.same(asked, [
      ['support', 'admin'],
      ['support', 'admin'],
      ['support', 'admin'],
      ['support', 'user'],
      ['support', 'support'],
    ])
    await store.changeAccess(actor.id, { disabled: true }, 20)
    t.same(await store.invite(invitation(invited()).asked, by(true)), { kind: 'session-ended' })
  })

  t.test('invitations: an account without a password is no administrator yet', async (t) => {
    const { store } = await twoStores(t, implementation)
    const user = invited({ role: 'admin' })
    const { asked, hash } = invitation(user)
    await store.invite(asked)
    t.equal(await store.hasAdministrator(), false)
    t.match(await store.changeAccess(user.id, { role: 'user' }, 15), { kind: 'changed' }, 'nor the last one')
    await store.changeAccess(user.id, { role: 'admin' }, 16)
    const admin = someUser({ role: 'admin' })
    await store.createUser(admin)
    t.match(await store.changeAccess(admin.id, { role: 'user' }, 20), { kind: 'last-administrator' })
    await accept(store, hash())
    t.match(await store.changeAccess(admin.id, { role: 'user' }, 70), { kind: 'changed' })
  })

  t.test('invitations: a password of an operator ends one', async (t) => {
    const { store } = await twoStores(t, implementation)
    const user = invited()
    const { asked, hash } = invitation(user)
    await store.invite(asked)
    t.match(await store.changePassword(user.id, 'set', 20), { invitedAt: null })
    t.match(await store.findUser(user.id), { invitedAt: null, passwordHash: 'set' })
    t.equal(await accept(store, hash()), null)
  })
}

const resetBy = (hash: Buffer) => ({
  ...{ hash, purpose: 'password-reset' as const, newHash: 'no', at: 50, clearFailures: () => [] },
  event: () => someEvent(),
})
