import { randomBytes, randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { NewMail } from '../../src/store/outbox.ts'
import { someEvent, someSession, someUser } from '../support/rows-by-hand.ts'
import { changesOf, countOf, type Implementation, twoStores } from './database.ts'

export const someMail = (change: Partial<NewMail> = {}): NewMail => ({
  id: randomUUID(),
  kind: 'password-changed',
  userId: randomUUID(),
  to: 'ada@example.com',
  sealed: randomBytes(40),
  createdAt: 0,
  retryUntil: 1_000,
  expiresAt: null,
  ...change,
})

/** A mail as it is listed before its first attempt. */
const waiting = ({ limit: _, ...mail }: NewMail) => ({
  ...mail,
  attempts: 0,
  nextAttemptAt: mail.createdAt,
  sentAt: null,
  givenUpAt: null,
  lastError: null,
})

const WHO = { holder: 'one', at: 10, leaseUntil: 100 }

/** What the contract of the outbox promises. */
export function outboxConforms(t: Test, implementation: Implementation): void {
  t.test('outbox: gives out the mail that has been due for longest, and loses what is sent', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    t.strictSame(await store.takeMail(WHO), { kind: 'none' })
    const [first, second, later] = [
      someMail({ createdAt: 1 }),
      someMail({ createdAt: 2, to: null }),
      someMail({ createdAt: 11, expiresAt: 50 }),
    ]
    for (const mail of [second, first, later]) t.equal(await store.addMail(mail), true)
    t.strictSame(await other.listMail(10), [waiting(later), waiting(first)], 'without the decoy')
    t.strictSame(await other.listMail(1), [waiting(later)])
    t.strictSame(await other.countMail(), { waiting: 2, givenUp: 0 })

    const taken = { ...waiting(first), attempts: 1, nextAttemptAt: 100 }
    t.strictSame(await store.takeMail(WHO), { kind: 'mail', mail: taken })
    t.equal(await store.settleMail(first.id, 1, { kind: 'sent', at: 12 }), true)
    t.equal(await store.settleMail(first.id, 1, { kind: 'sent', at: 13 }), false)
    const sent = { ...taken, nextAttemptAt: null, sentAt: 12, sealed: null }
    t.strictSame((await other.listMail(10))[1], sent)
    t.match(await store.takeMail(WHO), { kind: 'mail', mail: { id: second.id, to: null } })
    t.strictSame(await store.takeMail(WHO), { kind: 'none' }, 'the third is not due yet')
    t.strictSame(await other.countMail(), { waiting: 1, givenUp: 0 })
  })

  t.test('outbox: gives mail to one process at a time, until its lease is over or given back', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    for (let count = 0; count < 4; count++) await store.addMail(someMail())
    const another = { holder: 'another', at: 20, leaseUntil: 120 }
    const both = await Promise.all([store.takeMail(WHO), other.takeMail(another)])
    t.equal(
      countOf(
        both.map(({ kind }) => kind),
        'leased',
      ),
      1,
    )
    const [mine, theirs] = both[0]?.kind === 'mail' ? [WHO, another] : [another, WHO]
    t.match(await store.takeMail(mine), { kind: 'mail' }, 'its holder goes on')
    t.strictSame(await other.takeMail({ ...theirs, at: 50 }), { kind: 'leased' })
    await other.releaseOutbox(theirs.holder)
    t.strictSame(await other.takeMail({ ...theirs, at: 50 }), { kind: 'leased' }, 'it is not theirs to give')
    await store.releaseOutbox(mine.holder)
    t.match(await other.takeMail({ ...theirs, at: 50 }), { kind: 'mail' })
    t.match(
      await store.takeMail({ ...mine, at: 200, leaseUntil: 300 }),
      { kind: 'mail' },
      'the lease is over',
    )
  })

  t.test('outbox: gives out a mail again that was not settled, and ignores its late failure', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const mail = someMail()
    await store.addMail(mail)
    await store.takeMail(WHO)
    t.strictSame(await store.takeMail({ ...WHO, at: 99 }), { kind: 'none' })
    const again = { holder: 'another', at: 100, leaseUntil: 200 }
    t.match(await other.takeMail(again), { kind: 'mail', mail: { id: mail.id, attempts: 2 } })
    const failed = { kind: 'failed', nextAttemptAt: 150, error: 'no' } as const
    t.equal(await store.settleMail(mail.id, 1, failed), false)
    t.equal(await other.settleMail(mail.id, 2, failed), true)
    t.match(await store.listMail(1), [{ nextAttemptAt: 150, lastError: 'no' }])
    t.equal(
      await store.settleMail(mail.id, 1, { kind: 'sent', at: 120 }),
      true,
      'but what has arrived is sent',
    )
    t.match(await store.listMail(1), [{ sentAt: 120, nextAttemptAt: null, sealed: null, lastError: null }])
  })

  t.test('outbox: gives a mail up with an event, and tries it again when asked', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const [mail, old] = [someMail(), someMail({ expiresAt: 40 })]
    for (const each of [mail, old]) {
      await store.addMail(each)
      await store.takeMail(WHO)
      const event = someEvent({ type: 'mail-given-up' })
      const givenUp = { kind: 'given-up', at: 20, error: 'no such mailbox', event } as const
      t.equal(await store.settleMail(each.id, 1, givenUp), true)
      t.equal(await store.settleMail(each.id, 1, givenUp), false)
    }
    t.equal((await other.listEvents(10)).length, 2)
    t.match(await other.listMail(1), [{ givenUpAt: 20, nextAttemptAt: null, lastError: 'no such mailbox' }])
    t.strictSame(await other.countMail(), { waiting: 0, givenUp: 2 })

    t.equal(await store.retryMail({ at: 50, retryUntil: 90, id: old.id }), 0, 'its link has expired')
    t.equal(await store.retryMail({ at: 50, retryUntil: 90, id: randomUUID() }), 0)
    t.equal(await store.retryMail({ at: 50, retryUntil: 90 }), 1)
    t.match(await other.takeMail({ ...WHO, at: 50 }), {
      kind: 'mail',
      mail: { id: mail.id, sealed: mail.sealed, retryUntil: 90, givenUpAt: null, attempts: 2 },
    })
    await store.settleMail(mail.id, 2, { kind: 'sent', at: 60 })
    t.equal(await store.retryMail({ at: 70, retryUntil: 90, id: mail.id }), 0, 'it is sent')
  })

  t.test('outbox: leaves out a mail above the limit of its account and kind', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const userId = randomUUID()
    const limited = (createdAt: number, change: Partial<NewMail> = {}) =>
      store.addMail(someMail({ userId, createdAt, limit: { max: 2, since: createdAt - 10 }, ...change }))
    t.strictSame([await limited(1), await limited(2), await limited(3)], [true, true, false])
    t.equal(await limited(3, { kind: 'new-sign-in' }), true)
    t.equal(await limited(3, { userId: randomUUID() }), true)
    t.equal(await limited(11), false)
    t.equal(await limited(12), true)
    t.equal((await other.listMail(10)).length, 5)
  })

  t.test('outbox: writes the mail of a change with the change, or not at all', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const user = someUser()
    await store.createUser(user)
    const seen: (string | null)[] = []
    const mailFor = (kind: string) => (after: typeof user) => {
      seen.push(kind, after.disabledAt === null ? 'enabled' : 'disabled')
      return [someMail({ kind, userId: after.id, to: after.email })]
    }
    const kinds = async () => (await other.listMail(10)).map(({ kind }) => kind)

    const session = someSession(user.id)
    const account = { passwordChangedAt: 5, maxSessions: 9, clearFailures: [], event: someEvent() }
    await store.createSession(session, { ...account, mailFor: mailFor('no') })
    t.strictSame(await kinds(), [], 'the password was another')
    await store.createSession(session, { ...account, passwordChangedAt: 0, mailFor: mailFor('new-sign-in') })
    await store.endSession(session.id, 'reuse', 1, someEvent(), mailFor('session-reused'))
    await store.endSession(session.id, 'reuse', 2, someEvent(), mailFor('no'))
    const stale = { sid: session.id, passwordChangedAt: 0 }
    await store.changePassword(user.id, 'hash', 3, stale, mailFor('no'))
    await store.changePassword(user.id, 'hash', 3, undefined, mailFor('password-changed'))
    await store.changeAccess(user.id, { role: 'editor' }, 4, undefined, mailFor('no'))
    await store.changeAccess(user.id, { disabled: true }, 4, undefined, mailFor('account-disabled'))
    await store.changeAccess(user.id, { disabled: true }, 5, undefined, mailFor('no'))
    await store.deleteUser(user.id, 6, stale, mailFor('no'))
    await store.deleteUser(user.id, 6, undefined, mailFor('account-deleted'))
    await store.deleteUser(user.id, 7, undefined, mailFor('no'))
    const expected = [
      'new-sign-in',
      'session-reused',
      'password-changed',
      'account-disabled',
      'account-deleted',
    ]
    t.strictSame((await kinds()).toReversed(), expected)
    t.match(seen.slice(6), ['account-disabled', 'disabled'], 'the account as it is after the change')
  })

  t.test('outbox: forgets mail that is sent or given up, and no other', async (t) => {
    const { store } = await twoStores(t, implementation)
    const [sent, waits] = [someMail({ createdAt: 5 }), someMail({ createdAt: 6 })]
    await store.addMail(sent)
    await store.takeMail(WHO)
    await store.settleMail(sent.id, 1, { kind: 'sent', at: 7 })
    await store.addMail(waits)
    const limits = { sessionsBefore: 0, throttlesBefore: 0, eventsBefore: 0, changesBefore: 0, rows: 9 }
    t.equal(await store.prune({ ...limits, mailBefore: 5, oneTimeTokensBefore: 0 }), 0)
    t.equal(await store.prune({ ...limits, mailBefore: 900, oneTimeTokensBefore: 0 }), 1)
    t.match(await store.listMail(9), [{ id: waits.id }])
  })

  t.test('users: keep the language, and whether sign-ins are told of', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const user = someUser({ locale: 'pt-BR' })
    await store.createUser(user)
    t.match(await other.findUser(user.id), { locale: 'pt-BR', signInNotices: true, emailConfirmedAt: null })
    await store.setSignInNotices(user.id, false, 1)
    t.match(await other.findUser(user.id), { signInNotices: false })
    t.same(await changesOf(other, implementation), [{ of: 'user', id: user.id }])
  })
}
