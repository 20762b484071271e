/**
 * Lets an owner who has forgotten the password, or has none yet, choose one by a link in a mail.
 *
 * Threat: an attacker takes an account over by a link that is guessed, stolen, old or used again;
 * finds out which addresses have an account; floods a mailbox; or keeps a session after the owner
 * has chosen a new password.
 * Guarantee: the answer is the same for every address, after the same transaction: an address
 * without an account gets a decoy, which is written, taken and settled as mail is, and not sent. A
 * link works once, for half an hour, and until the password changes or a newer link is asked for.
 * An address gets three such mails an hour. A new password ends every session, clears the failures
 * and is told to the owner.
 * Limits: who reads the mail of an address can take over its account. A stranger can void a link by
 * asking for another one, three times an hour.
 * Source: OWASP Forgot Password Cheat Sheet, OWASP ASVS 5.0 V6.4.3, NIST SP 800-63B-4 section 4.2.
 */
import type { Client, Events } from '../audit/events.ts'
import type { RefusalEvents } from '../audit/refusal-events.ts'
import type { Clock } from '../clock.ts'
import { createNewPasswords } from '../credentials/new-password.ts'
import type { Passwords } from '../credentials/passwords.ts'
import { throttleKey } from '../credentials/throttle.ts'
import { AuthError } from '../errors.ts'
import type { Mail } from '../mail/mail.ts'
import type { OneTimeTokenStore } from '../store/one-time-tokens.ts'
import type { AccountStore } from '../store/users.ts'
import { lookupKey } from './email.ts'
import { decoyOf, hashOfToken, newToken } from './one-time-token.ts'

export interface Recovery {
  /** Mails a link, if the address has an account. Rejects with MAIL_OFF. */
  forgot(email: string, client: Client): Promise<void>
  /**
   * Sets a new password and ends every session, or sets the first password of an invited account.
   * Does not sign in: the link proves only who reads the mail, and a second factor or a new device must not be passed over.
   * Rejects with LINK_INVALID or PASSWORD_REJECTED. A rejected password leaves the link valid.
   */
  reset(token: string, newPassword: string, client: Client): Promise<void>
}

export interface RecoveryOptions {
  readonly store: AccountStore & OneTimeTokenStore
  readonly clock: Clock
  readonly events: Events
  readonly refusalEvents: RefusalEvents
  readonly passwords: Passwords
  readonly passwordMinLength: number
  readonly mail: Pick<Mail, 'composer' | 'notices'>
}

const LINK_MINUTES = 30
const MINUTE_MS = 60_000
const MAX_MAILS_PER_HOUR = 3
const PURPOSE = 'password-reset'
const INVITATION = 'invitation'

/** What the use of a link is recorded as. */
const EVENTS = {
  [PURPOSE]: ['password-changed', 'by a mailed link'],
  [INVITATION]: ['invitation-accepted', undefined],
} as const

export function createRecovery(options: RecoveryOptions): Recovery {
  const { store, clock, events, refusalEvents, passwords, passwordMinLength, mail } = options
  const { composer, notices } = mail
  const newPasswords = createNewPasswords(passwords, passwordMinLength)

  async function invalidLink(client: Client): Promise<AuthError> {
    await refusalEvents.record('link-refused', client.ip, { client, reason: PURPOSE })
    return new AuthError('LINK_INVALID')
  }

  /** The link of a mail about a forgotten password, or of an invitation. */
  async function find(hash: Buffer) {
    const at = clock.now()
    for (const purpose of [PURPOSE, INVITATION] as const) {
      const user = await store.findOneTimeToken(hash, purpose, at)
      if (user !== undefined) return { user, purpose }
    }
    return undefined
  }

  return {
    async forgot(email, client) {
      if (composer === null) throw new AuthError('MAIL_OFF')
      const emailKey = lookupKey(email)
      const found = await store.findUserByEmailKey(emailKey)
      const user = found?.disabledAt === null ? found : undefined
      const { token, hash } = newToken()
      const createdAt = clock.now()
      const expiresAt = createdAt + LINK_MINUTES * MINUTE_MS
      const written = composer.compose(PURPOSE, {
        user: user ?? decoyOf(emailKey),
        facts: { at: createdAt, token, minutes: LINK_MINUTES },
        expiresAt,
        maxPerHour: MAX_MAILS_PER_HOUR,
      })
      const passwordChangedAt = user?.passwordChangedAt ?? 0
      const { userId } = written
      const times = { passwordChangedAt, createdAt, expiresAt }
      await store.issueOneTimeToken({ hash, purpose: PURPOSE, userId, emailKey, ...times }, written)
      const key = `${throttleKey(emailKey).toString('base64url')} ${client.ip}`
      await refusalEvents.record('password-forgotten', key, { userId: user?.id, client })
    },

    async reset(token, newPassword, client) {
      const hash = hashOfToken(token)
      const found = await find(hash)
      if (found === undefined) throw await invalidLink(client)
      const { user, purpose } = found
      const newHash = await newPasswords.hash(newPassword, user)
      await newPasswords.refuseUnchanged(newPassword, { hash: user.passwordHash })
      const [type, reason] = EVENTS[purpose]
      const details = { userId: user.id, client, reason }
      const changed = await store.resetPassword({
        hash,
        purpose,
        newHash,
        at: clock.now(),
        clearFailures: ({ emailKey }) => [throttleKey(emailKey)],
        event: () => events.rowOf(type, details),
        // The first password replaces none.
        mailFor: purpose === INVITATION ? undefined : notices.passwordChanged('link', client),
      })
      // Another request has used the link, or the password has changed, in the meantime.
      if (changed === null) throw await invalidLink(client)
      events.announce(type, details)
    },
  }
}
