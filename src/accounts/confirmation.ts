/**
 * Confirms the address of an account, by a link in a mail.
 *
 * Threat: a stranger registers with the address of another person, and an application grants rights
 * because of the address.
 * Guarantee: an address is confirmed only by a token that was mailed to it. A link works once, for a
 * day, and until a newer one is asked for or the password changes.
 * Limits: a person who opens the link of a mail that a stranger caused confirms the account of that
 * stranger. The mail says so.
 * Source: NIST SP 800-63A-4 section 3.8, OWASP ASVS 5.0 V6.3.7.
 */
import type { Client, Events } from '../audit/events.ts'
import type { RefusalEvents } from '../audit/refusal-events.ts'
import type { Clock } from '../clock.ts'
import { AuthError } from '../errors.ts'
import type { Composer } from '../mail/composer.ts'
import type { Account } from '../store/account.ts'
import type { MailedToken, OneTimeTokenStore } from '../store/one-time-tokens.ts'
import type { UserRow } from '../store/user-row.ts'
import type { AddressChanges } from './change-address.ts'
import { lookupKey } from './email.ts'
import { hashOfToken, newToken } from './one-time-token.ts'
import type { Registrations } from './registration.ts'

export interface Confirmation {
  /** The link for an account that is being created; undefined if addresses are not confirmed. */
  linkFor(user: Account): MailedToken | undefined
  /**
   * Mails a link, unless the address is confirmed or has had three this hour. Rejects with MAIL_OFF.
   */
  request(user: Account): Promise<void>
  /**
   * Confirms the address that the token was sent to: that of the account, or its new one. With the
   * token of a registration, this makes the account. Rejects with LINK_INVALID.
   */
  confirm(token: string, client: Client): Promise<void>
}

export interface ConfirmationOptions {
  readonly store: OneTimeTokenStore
  readonly clock: Clock
  readonly events: Events
  readonly refusalEvents: RefusalEvents
  /** Null if addresses are not confirmed. */
  readonly composer: Composer | null
  /** Null if the service sends no mail. */
  readonly registrations: Pick<Registrations, 'confirm'> | null
  readonly addressChanges: Pick<AddressChanges, 'confirm'>
}

const LINK_MINUTES = 24 * 60
const MINUTE_MS = 60_000
const MAX_MAILS_PER_HOUR = 3
const PURPOSE = 'email-confirmation'

export function createConfirmation(options: ConfirmationOptions): Confirmation {
  const { store, clock, events, refusalEvents, composer, registrations, addressChanges } = options

  function linkFor(user: Account): MailedToken | undefined {
    if (composer === null) return undefined
    const { token, hash } = newToken()
    const createdAt = clock.now()
    const expiresAt = createdAt + LINK_MINUTES * MINUTE_MS
    const facts = { at: createdAt, token, minutes: LINK_MINUTES }
    const mail = composer.compose(PURPOSE, { user, facts, expiresAt, maxPerHour: MAX_MAILS_PER_HOUR })
    const { id: userId, passwordChangedAt } = user
    const emailKey = lookupKey(user.email)
    return {
      token: { hash, purpose: PURPOSE, userId, passwordChangedAt, emailKey, createdAt, expiresAt },
      mail,
    }
  }

  return {
    linkFor,

    async request(user) {
      if (composer === null) throw new AuthError('MAIL_OFF')
      const link = user.emailConfirmedAt === null ? linkFor(user) : undefined
      if (link !== undefined) await store.issueOneTimeToken(link.token, link.mail)
    },

    async confirm(token, client) {
      if (await registrations?.confirm(token, client)) return
      const detailsOf = ({ id: userId }: UserRow) => ({ userId, client })
      const confirmed = await store.confirmEmail({
        hash: hashOfToken(token),
        at: clock.now(),
        event: (user) => events.rowOf('email-confirmed', detailsOf(user)),
      })
      if (confirmed === null) {
        if (await addressChanges.confirm(token, client)) return
        await refusalEvents.record('link-refused', client.ip, { client, reason: PURPOSE })
        throw new AuthError('LINK_INVALID')
      }
      events.announce('email-confirmed', detailsOf(confirmed))
    },
  }
}
