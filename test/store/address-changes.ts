import { randomBytes, randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type {
  AddressConfirmation,
  AddressRequest,
  AddressRestoration,
} from '../../src/store/address-changes.ts'
import type { NewMail } from '../../src/store/outbox.ts'
import type { Store } from '../../src/store/store.ts'
import type { UserRow } from '../../src/store/user-row.ts'
import { someEvent, someSession, someUser } from '../support/rows-by-hand.ts'
import { changesOf, countOf, type Implementation, twoStores } from './database.ts'
import { someMail } from './outbox.ts'
import { confirmation, invitation, someRegistration } from './registrations.ts'

const newEmail = () => `${randomUUID()}@example.com`
const eventOf = (type: string) => (user: UserRow) => someEvent({ type, userId: user.id })

/** An account that is signed in. */
async function signedIn(store: Store, change: Partial<UserRow> = {}) {
  const user = someUser(change)
  await store.createUser(user)
  const session = someSession(user.id)
  await store.createSession(session)
  return { user, session, by: { passwordChangedAt: user.passwordChangedAt, sid: session.id } }
}

type Owner = Awaited<ReturnType<typeof signedIn>>

/** A request for another address, with the tokens that it makes. */
function asking({ user, by }: Owner, email: string, at = 10, limit?: NewMail['limit']) {
  const hash = randomBytes(32)
  const undo = { hash: randomBytes(32), createdAt: at, expiresAt: at + 400 }
  const request: AddressRequest = {
    change: {
      hash,
      userId: user.id,
      email,
      emailKey: email.toLowerCase(),
      createdAt: at,
      expiresAt: at + 100,
    },
    undo,
    by,
    mail: {
      ifFree: someMail({ kind: 'free', to: email, limit }),
      ifTaken: someMail({ kind: 'taken', to: email, limit }),
    },
    notice: (owner) => [someMail({ kind: 'asked', userId: owner.id, to: owner.email, limit })],
    event: someEvent({ type: 'asked', userId: user.id }),
  }
  return { hash, undo, request }
}

const confirming = (hash: Buffer, at = 20): AddressConfirmation => ({
  hash,
  at,
  undo: { hash: randomBytes(32), createdAt: at, expiresAt: at + 300 },
  clearFailures: () => [],
  event: eventOf('changed'),
  notice: (before, isReturn) => [
    someMail({ kind: isReturn ? 'returned' : 'changed', userId: before.id, to: before.email }),
  ],
})

const undoing = (hash: Buffer, at = 30): AddressRestoration => ({
  hash,
  at,
  event: eventOf('undone'),
  mail: (before, after) => [
    someMail({ kind: 'restored', to: after.email }),
    someMail({ kind: 'removed', to: before.email }),
  ],
})

/** Changes the address. Returns the tokens that put the address back, and the account. */
async function changed(store: Store, owner: Owner, email: string, at = 10) {
  const { hash, undo, request } = asking(owner, email, at)
  await store.requestAddressChange(request)
  const confirmation = confirming(hash, at + 1)
  const user = (await store.confirmAddressChange(confirmation)) as UserRow
  return { asked: undo.hash, undo: confirmation.undo.hash, user }
}

const kindsOf = async (store: Store) => (await store.listMail(99)).map(({ kind }) => kind).reverse()

/** What the contract of changes of addresses promises. */
export function addressChangesConform(t: Test, implementation: Implementation): void {
  async function account(t: Test, change: Partial<UserRow> = {}) {
    const stores = await twoStores(t, implementation)
    return { ...stores, owner: await signedIn(stores.store, change) }
  }

  t.test('addresses: change when the new one confirms, once', async (t) => {
    const { store, other, owner } = await account(t)
    const email = `New.${newEmail()}`
    const { hash, request } = asking(owner, email)
    const key = randomBytes(32)
    await store.countAttempt({ key, follows: undefined, failures: 1, at: 1, forgetAt: 99 })
    t.equal(await store.requestAddressChange(request), 'requested')
    t.match(await other.findUser(owner.user.id), { email: owner.user.email }, 'not yet')
    t.same(await kindsOf(other), ['free', 'asked'])
    t.match(await other.listEvents(1), [{ type: 'asked', userId: owner.user.id }])
    await changesOf(other, implementation)

    const confirmation = {
      ...confirming(hash),
      clearFailures: (of: string) => (of === email.toLowerCase() ? [key] : []),
    }
    const after = {
      email,
      emailKey: email.toLowerCase(),
      emailConfirmedAt: 20,
      passwordHash: owner.user.passwordHash,
    }
    t.match(await store.confirmAddressChange(confirmation), after)
    t.match(await other.findUser(owner.user.id), after)
    t.match(await other.findUserByEmailKey(email.toLowerCase()), { id: owner.user.id })
    t.equal(await other.findThrottle(key), undefined)
    t.match((await other.findSession(owner.session.id))?.session, { revokedAt: null }, 'sessions stay alive')
    t.same(await changesOf(other, implementation), [{ of: 'user', id: owner.user.id }])
    t.same(await kindsOf(other), ['free', 'asked', 'changed'])
    t.match(await other.listEvents(1), [{ type: 'changed', userId: owner.user.id }])
    t.equal(await other.confirmAddressChange(confirming(hash)), null, 'once')
  })

  t.test('addresses: are asked for by an owner whose session and password are still good', async (t) => {
    const { store, other, owner } = await account(t)
    const wrong = [
      { ...owner.by, passwordChangedAt: 1 },
      { ...owner.by, sid: someSession(owner.user.id).id },
    ]
    for (const by of wrong) {
      const { request } = asking({ ...owner, by }, newEmail())
      t.equal(await store.requestAddressChange(request), 'session-ended')
    }
    const { request } = asking({ ...owner, user: someUser() }, newEmail())
    t.equal(await store.requestAddressChange(request), 'session-ended', 'no account')
    t.same(await kindsOf(other), [])
  })

  t.test(
    'addresses: a link is void after its expiry, a newer one, another password or disabling',
    async (t) => {
      const { store, other, owner } = await account(t)
      const ask = async () => {
        const { hash, request } = asking(owner, newEmail())
        t.equal(await store.requestAddressChange(request), 'requested')
        return hash
      }
      const first = await ask()
      const second = await ask()
      t.equal(await other.confirmAddressChange(confirming(first)), null, 'a newer one')
      t.equal(await other.confirmAddressChange(confirming(second, 110)), null, 'its expiry')
      t.equal(await other.confirmAddressChange(confirming(randomBytes(32))), null, 'a guess')
      await store.changeAccess(owner.user.id, { disabled: true }, 12)
      t.equal(await other.confirmAddressChange(confirming(second)), null, 'disabled')
      await store.changeAccess(owner.user.id, { disabled: false }, 13)
      await store.changePassword(owner.user.id, 'other', 14)
      t.equal(await other.confirmAddressChange(confirming(second)), null, 'another password')
      t.match(await other.findUser(owner.user.id), { email: owner.user.email })
      await store.deleteUser(owner.user.id, 15)
      t.equal(await other.confirmAddressChange(confirming(second)), null, 'deleted')
    },
  )

  t.test('addresses: a taken one gets other mail, and its link changes nothing', async (t) => {
    const { store, other, owner } = await account(t)
    const taken = someUser()
    await store.createUser(taken)
    const { hash, request } = asking(owner, taken.email)
    t.equal(await store.requestAddressChange(request), 'requested')
    t.same(await kindsOf(other), ['taken', 'asked'])
    t.equal(await other.confirmAddressChange(confirming(hash)), null)
    t.match(await other.findUser(owner.user.id), { email: owner.user.email })
    t.same(await kindsOf(other), ['taken', 'asked'])
  })

  t.test('addresses: are not asked for above the limit of one of the mails', async (t) => {
    const { store, other, owner } = await account(t)
    const limit = { max: 1, since: 0 }
    const { hash, request } = asking(owner, newEmail(), 10, limit)
    await store.requestAddressChange(request)
    const { request: again } = asking(owner, newEmail(), 11, limit)
    t.equal(await store.requestAddressChange(again), 'limited')
    t.same(await kindsOf(other), ['free', 'asked'])
    t.match(await other.confirmAddressChange(confirming(hash)), { id: owner.user.id }, 'the link is valid')
  })

  t.test('addresses: of two accounts that confirm one at the same time, one gets it', async (t) => {
    const { store, other, owner } = await account(t)
    const another = await signedIn(store)
    const email = newEmail()
    const hashes: Buffer[] = []
    for (const each of [owner, another]) {
      const { hash, request } = asking(each, email)
      hashes.push(hash)
      t.equal(await store.requestAddressChange(request), 'requested')
    }
    const [one, two] = hashes as [Buffer, Buffer]
    const results = await Promise.all([
      store.confirmAddressChange(confirming(one)),
      other.confirmAddressChange(confirming(two)),
    ])
    t.equal(countOf(results, null), 1)
    t.match(await other.findUserByEmailKey(email), { id: results.find((each) => each !== null)?.id })
    t.same(await kindsOf(other), ['free', 'asked', 'free', 'asked', 'changed'])
  })

  t.test('addresses: of a confirmation and a new account at the same time, one gets it', async (t) => {
    const { store, other, owner } = await account(t)
    const email = newEmail()
    const { hash, request } = asking(owner, email)
    await store.requestAddressChange(request)
    const results = await Promise.all([
      store.confirmAddressChange(confirming(hash)),
      other.createUser(someUser({ email, emailKey: email })),
    ])
    t.equal(results[0] !== null, !results[1])
  })

  t.test('addresses: of two uses of one link at the same time, one changes it', async (t) => {
    const { store, other, owner } = await account(t)
    const { hash, request } = asking(owner, newEmail())
    await store.requestAddressChange(request)
    const confirmed = [store, other].map((each) => each.confirmAddressChange(confirming(hash)))
    t.equal(countOf(await Promise.all(confirmed), null), 1)
    const { undo } = await changed(store, owner, newEmail())
    const undone = [store, other].map((each) => each.restoreAddress(undoing(undo)))
    t.equal(countOf(await Promise.all(undone), null), 1)
  })

  t.test('addresses: a change voids the links that were mailed to the address before', async (t) => {
    const { store, other, owner } = await account(t)
    const { id: userId, emailKey, passwordChangedAt } = owner.user
    const token = { userId, emailKey, passwordChangedAt, createdAt: 0, expiresAt: 99 }
    const [before, late] = [randomBytes(32), randomBytes(32)]
    const issue = (hash: Buffer) =>
      store.issueOneTimeToken({ ...token, hash, purpose: 'password-reset' }, someMail({ userId }))
    await issue(before)
    await changed(store, owner, newEmail())
    t.equal(await other.findOneTimeToken(before, 'password-reset', 20), undefined)
    await issue(late)
    t.equal(await other.findOneTimeToken(late, 'password-reset', 20), undefined, 'also a late one')
    await changed(store, owner, owner.user.email, 30)
    for (const hash of [before, late])
      t.equal(await other.findOneTimeToken(hash, 'password-reset', 40), undefined, 'nor on the way back')
  })

  t.test('addresses: the old one comes back by a link, with no session and no password', async (t) => {
    const { store, other, owner } = await account(t)
    const { undo, user } = await changed(store, owner, newEmail())
    const reset = { hash: randomBytes(32), purpose: 'password-reset' } as const
    const { id: userId, emailKey } = user
    const token = { ...reset, userId, emailKey, passwordChangedAt: 0, createdAt: 0, expiresAt: 99 }
    await store.issueOneTimeToken(token, someMail({ userId }))
    const pending = asking(owner, newEmail(), 25)
    await store.requestAddressChange(pending.request)
    await changesOf(other, implementation)

    const { email } = owner.user
    const after = { email, emailKey: email, emailConfirmedAt: 30, passwordHash: '', passwordChangedAt: 30 }
    t.match(await store.restoreAddress(undoing(undo)), after)
    t.match(await other.findUser(owner.user.id), after)
    const { session } = (await other.findSession(owner.session.id)) ?? {}
    t.match(session, { revokedAt: 30, revokedReason: 'address-restored' })
    t.match(
      await changesOf(other, implementation),
      new Set([
        { of: 'user', id: userId },
        { of: 'session', id: owner.session.id },
      ]),
    )
    t.equal(await other.findOneTimeToken(reset.hash, 'password-reset', 31), undefined)
    t.equal(await other.confirmAddressChange(confirming(pending.hash, 31)), null)
    t.equal(await other.restoreAddress(undoing(pending.undo.hash, 31)), null, 'nor a link to the new address')
    t.equal(await other.restoreAddress(undoing(undo, 31)), null, 'once')
    t.same((await kindsOf(other)).slice(-2), ['restored', 'removed'])
    t.match(await other.listEvents(1), [{ type: 'undone', userId }])
  })

  t.test('addresses: the time of the password moves forward, although the clock went back', async (t) => {
    const { store, owner } = await account(t, { passwordChangedAt: 80, emailConfirmedAt: 5 })
    const { undo } = await changed(store, owner, newEmail())
    t.match(await store.restoreAddress(undoing(undo)), { passwordChangedAt: 81, emailConfirmedAt: 5 })
  })

  t.test('addresses: a request can be undone before the change and after it', async (t) => {
    const { store, other, owner } = await account(t)
    const { hash, undo, request } = asking(owner, newEmail())
    await store.requestAddressChange(request)
    t.match(await store.restoreAddress(undoing(undo.hash, 15)), { email: owner.user.email, passwordHash: '' })
    t.equal(await other.confirmAddressChange(confirming(hash)), null)

    const another = await signedIn(store)
    const { asked } = await changed(store, another, newEmail())
    t.match(await store.restoreAddress(undoing(asked)), { email: another.user.email })
  })

  t.test('addresses: the first link of a chain wins, and later ones never void it', async (t) => {
    const { store, other, owner } = await account(t)
    const first = await changed(store, owner, newEmail())
    const second = await changed(store, owner, newEmail(), 20)
    t.match(await store.restoreAddress(undoing(second.undo)), { email: first.user.email })
    t.match(await other.restoreAddress(undoing(first.undo)), { email: owner.user.email })

    const another = await signedIn(store)
    const one = await changed(store, another, newEmail())
    const two = await changed(store, another, newEmail(), 20)
    t.match(await store.restoreAddress(undoing(one.undo)), { email: another.user.email })
    for (const hash of [two.undo, two.asked, one.asked])
      t.equal(await other.restoreAddress(undoing(hash, 40)), null)
  })

  t.test('addresses: come back after another password, and for a disabled account', async (t) => {
    const { store, other, owner } = await account(t)
    const { undo } = await changed(store, owner, newEmail())
    await store.changePassword(owner.user.id, 'of a thief', 25)
    await store.changeAccess(owner.user.id, { disabled: true }, 26)
    const { email } = owner.user
    t.match(await other.restoreAddress(undoing(undo)), { email, passwordHash: '', disabledAt: 26 })
  })

  t.test('addresses: come back until the expiry of the link, and not after a deletion', async (t) => {
    const { store, other, owner } = await account(t)
    const { undo } = await changed(store, owner, newEmail())
    t.equal(await other.restoreAddress(undoing(undo, 311)), null)
    t.equal(await other.restoreAddress(undoing(randomBytes(32))), null)
    await store.deleteUser(owner.user.id, 20)
    t.equal(await other.restoreAddress(undoing(undo)), null)
  })

  t.test('addresses: one that was left is free for no other account until its link expires', async (t) => {
    const { store, other, owner } = await account(t)
    await changed(store, owner, newEmail())
    const { email } = owner.user
    const again = someUser({ email, emailKey: email, createdAt: 409 })
    t.equal(await other.createUser(again), false)
    const another = await signedIn(store)
    const { hash, request } = asking(another, email, 12)
    t.equal(await store.requestAddressChange(request), 'requested')
    t.same((await kindsOf(other)).slice(-2), ['taken', 'asked'])
    t.equal(await other.confirmAddressChange(confirming(hash, 13)), null)
    const registration = someRegistration({ email, emailKey: email, expiresAt: 500 })
    await other.addRegistration(registration, someMail())
    const proof = confirmation(registration, { at: 409, userOf: () => again })
    t.equal(await other.confirmRegistration(proof), null)
    t.match(await other.invite(invitation(again).asked), { kind: 'exists' })
    t.equal(await other.findUserByEmailKey(email), undefined)
    t.equal(await other.createUser({ ...again, createdAt: 410 }), true)
  })

  t.test('addresses: the owner deletes no account while one may come back, an operator does', async (t) => {
    const { store, other, owner } = await account(t)
    const { hash, request } = asking(owner, newEmail())
    await store.requestAddressChange(request)
    await store.confirmAddressChange(confirming(hash))
    const { id } = owner.user
    t.equal(await other.deleteUser(id, 409, owner.by), 'address-changed')
    t.equal(await other.deleteUser(id, 410, owner.by), 'deleted')

    const another = await signedIn(store)
    await store.requestAddressChange(asking(another, newEmail()).request)
    t.equal(
      await other.deleteUser(another.user.id, 20, another.by),
      'deleted',
      'a request alone hinders nothing',
    )
    const third = await signedIn(store)
    await changed(store, third, newEmail())
    t.equal(await other.deleteUser(third.user.id, 20), 'deleted')
  })

  t.test('addresses: the one that is left gets no link where the account goes back', async (t) => {
    const { store, other, owner } = await account(t)
    const { undo, asked } = await changed(store, owner, newEmail())
    const { hash, undo: back, request } = asking(owner, owner.user.email, 15)
    t.equal(await store.requestAddressChange(request), 'requested')
    const confirmation = confirming(hash)
    t.match(await store.confirmAddressChange(confirmation), { email: owner.user.email })
    t.same(await kindsOf(other), ['free', 'asked', 'changed', 'free', 'returned'])
    for (const link of [back.hash, confirmation.undo.hash, undo, asked])
      t.equal(await other.restoreAddress(undoing(link)), null)
  })

  t.test('addresses: links are forgotten after their expiry', async (t) => {
    const { store, owner } = await account(t)
    await store.requestAddressChange(asking(owner, newEmail()).request)
    const limits = { sessionsBefore: 0, throttlesBefore: 0, eventsBefore: 0, changesBefore: 0, rows: 9 }
    const prune = (oneTimeTokensBefore: number) =>
      store.prune({ ...limits, mailBefore: 0, oneTimeTokensBefore })
    t.equal(await prune(110), 0)
    t.equal(await prune(111), 1, 'the change')
    t.equal(await prune(411), 1, 'the address')
  })
}
