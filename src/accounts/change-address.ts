/**
 * Changes the address of an account, by a link to the new address.
 *
 * Threat: a thief with a session changes the address, and then the password by a mail to the new
 * address. An attacker finds out which addresses have an account, takes the address of another
 * account, or floods a mailbox.
 * Guarantee: a request needs the proof of proof.ts. Its answer and its work are the same for a free
 * and a taken address. The new address confirms by a link, which works once, for a day, and as long
 * as the account has its address and password. The old address is told of the request and of the
 * change, each time with a link that puts it back until three days after the change:
 * store/address-changes.ts. Putting it back ends every session and takes the password away, which
 * the thief may have chosen. An address gets three such mails an hour, whichever accounts ask.
 * Limits: a thief wins after these three days, or if they read the mail of the old address. An
 * administrator can delete the account meanwhile.
 * Source: OWASP ASVS 5.0 V6.3.7 and V7.5.1, NIST SP 800-63B-4 section 4.6.
 */
import type { Client, Events } from '../audit/events.ts'
import type { RefusalEvents } from '../audit/refusal-events.ts'
import type { Clock } from '../clock.ts'
import type { Passwords } from '../credentials/passwords.ts'
import { type AskingSession, createProof } from '../credentials/proof.ts'
import { throttleKey } from '../credentials/throttle.ts'
import { AuthError } from '../errors.ts'
import type { Composer } from '../mail/composer.ts'
import type { Account } from '../store/account.ts'
import type { AddressChangeStore } from '../store/address-changes.ts'
import type { ThrottleStore } from '../store/throttles.ts'
import type { UserRow } from '../store/user-row.ts'
import type { AccountStore } from '../store/users.ts'
import { createAddressMail, LINK_MS, newUndoLink } from './change-address-mail.ts'
import { lookupKey } from './email.ts'
import { hashOfToken, newToken } from './one-time-token.ts'

export interface WantedAddress {
  readonly email: string
  /** Not needed within ten minutes of a sign-in. */
  readonly currentPassword?: string | undefined
}

export interface AddressChanges {
  /**
   * Mails a link to the new address, and tells the old one. Mails nothing if one of both has had
   * three such mails this hour.
   * Rejects with MAIL_OFF, PASSWORD_INCORRECT or REAUTHENTICATION_REQUIRED, with INVALID_REQUEST for
   * the address that the account has, or with SESSION_ENDED if the session has ended meanwhile.
   */
  request(user: Account, wanted: WantedAddress, session: AskingSession, client: Client): Promise<void>
  /** Changes the address. Returns false if the token confirms no change. */
  confirm(token: string, client: Client): Promise<boolean>
  /**
   * Puts back the address that the token was mailed to, ends every session and takes the password
   * away: the owner chooses another one by a mailed link. Rejects with LINK_INVALID.
   */
  undo(token: string, client: Client): Promise<void>
}

export interface AddressChangesOptions {
  readonly store: AccountStore & ThrottleStore & AddressChangeStore
  readonly clock: Clock
  readonly events: Events
  readonly refusalEvents: RefusalEvents
  readonly passwords: Passwords
  /** Null if the service sends no mail. */
  readonly composer: Composer | null
}

export function createAddressChanges(options: AddressChangesOptions): AddressChanges {
  const { store, clock, events, refusalEvents, composer } = options
  const proof = createProof({ ...options, failures: refusalEvents })
  const mail = createAddressMail(composer)

  /** @throws SESSION_ENDED if the account or its password has changed since the request came */
  async function rowOf({ id, passwordChangedAt }: Account): Promise<UserRow> {
    const row = await store.findUser(id)
    if (row?.passwordChangedAt !== passwordChangedAt) throw new AuthError('SESSION_ENDED')
    return row
  }

  async function invalidLink(client: Client): Promise<AuthError> {
    await refusalEvents.record('link-refused', client.ip, { client, reason: 'email-undo' })
    return new AuthError('LINK_INVALID')
  }

  return {
    async request(user, { email, currentPassword }, session, client) {
      if (composer === null) throw new AuthError('MAIL_OFF')
      const row = await rowOf(user)
      await proof.ofOwner(row, currentPassword, session, client)
      const emailKey = lookupKey(email)
      if (emailKey === row.emailKey)
        throw new AuthError('INVALID_REQUEST', { message: 'This is the address of the account already' })
      const { token, hash } = newToken()
      const createdAt = clock.now()
      const undo = newUndoLink(createdAt, LINK_MS)
      const { id: userId, passwordChangedAt } = row
      const details = { userId, sid: session.id, client }
      const outcome = await store.requestAddressChange({
        change: { hash, userId, email, emailKey, createdAt, expiresAt: createdAt + LINK_MS },
        undo: undo.stored,
        by: { passwordChangedAt, sid: session.id },
        mail: mail.toNewAddress(composer, { email, emailKey, locale: row.locale }, token, createdAt),
        notice: (owner) => mail.requested(owner, undo, client),
        event: events.rowOf('email-change-requested', details),
      })
      if (outcome === 'session-ended') throw new AuthError('SESSION_ENDED')
      if (outcome === 'requested') events.announce('email-change-requested', details)
    },

    async confirm(token, client) {
      const at = clock.now()
      const undo = newUndoLink(at)
      const detailsOf = ({ id: userId }: UserRow) => ({ userId, client })
      const changed = await store.confirmAddressChange({
        hash: hashOfToken(token),
        at,
        undo: undo.stored,
        clearFailures: (emailKey) => [throttleKey(emailKey)],
        event: (user) => events.rowOf('email-changed', detailsOf(user)),
        notice: (before, isReturn) =>
          isReturn ? mail.removed(before, at) : mail.changed(before, undo, client),
      })
      if (changed !== null) events.announce('email-changed', detailsOf(changed))
      return changed !== null
    },

    async undo(token, client) {
      const at = clock.now()
      const detailsOf = ({ id: userId }: UserRow) => ({ userId, client })
      const restored = await store.restoreAddress({
        hash: hashOfToken(token),
        at,
        event: (user) => events.rowOf('email-change-undone', detailsOf(user)),
        mail: (before, after) => [
          ...mail.restored(after, at, client),
          ...(before.emailKey === after.emailKey ? [] : mail.removed(before, at)),
        ],
      })
      if (restored === null) throw await invalidLink(client)
      events.announce('email-change-undone', detailsOf(restored))
    },
  }
}
