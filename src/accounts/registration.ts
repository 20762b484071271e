/**
 * Registers accounts of EMAIL_VERIFICATION=required: an account begins when its address is proved.
 *
 * Threat: an attacker finds out which addresses have an account; floods a mailbox; registers the
 * address of another person, and signs in to the account that this person confirms.
 * Guarantee: the answer is the same for every address, after the same hash and the same rows. The
 * owner of a taken address is told by mail. An address gets three mails an hour. Each link belongs
 * to the one registration that caused it, and makes the account with the password of that one. A
 * later registration neither voids a link nor changes its password. The first link that comes back
 * counts, and no other does.
 * Limits: a person who opens the link of a registration that a stranger made confirms the password
 * of that stranger. The mail says when and where it was made. A stranger can use up the three mails
 * of an hour.
 * Source: OWASP ASVS 5.0 V6.3.8, Sudhodanan and Paverd, "Pre-hijacked accounts" (USENIX Security 22).
 */
import { v7 as uuidv7 } from 'uuid'
import { DEFAULT_ROLE } from '../access/roles.ts'
import type { Client, Events } from '../audit/events.ts'
import type { RefusalEvents } from '../audit/refusal-events.ts'
import type { Clock } from '../clock.ts'
import { createNewPasswords } from '../credentials/new-password.ts'
import type { Passwords } from '../credentials/passwords.ts'
import { throttleKey } from '../credentials/throttle.ts'
import { AuthError } from '../errors.ts'
import type { Composer, MailAbout } from '../mail/composer.ts'
import type { NewMail } from '../store/outbox.ts'
import type { Registration, RegistrationStore } from '../store/registrations.ts'
import type { UserRow } from '../store/user-row.ts'
import type { AccountStore } from '../store/users.ts'
import { lookupKey } from './email.ts'
import { decoyOf, hashOfToken, newToken } from './one-time-token.ts'

export interface NewRegistration {
  readonly email: string
  readonly password: string
  readonly name?: string | undefined
  readonly locale: string | null
}

export interface Registrations {
  /**
   * Mails a link that makes the account, or tells the owner of a taken address. Rejects with
   * REGISTRATION_CLOSED or PASSWORD_REJECTED, for every address alike.
   */
  request(registration: NewRegistration, client: Client): Promise<void>
  /** Makes the account of a link. Returns false if the token is not valid. */
  confirm(token: string, client: Client): Promise<boolean>
}

export interface RegistrationsOptions {
  readonly store: Pick<AccountStore, 'findUserByEmailKey'> & RegistrationStore
  readonly clock: Clock
  readonly events: Events
  readonly refusalEvents: RefusalEvents
  readonly passwords: Passwords
  readonly passwordMinLength: number
  readonly isOpen: boolean
  readonly composer: Composer
}

const LINK_MINUTES = 24 * 60
const MINUTE_MS = 60_000
const MAX_MAILS_PER_HOUR = 3

export function createRegistrations(options: RegistrationsOptions): Registrations {
  const { store, clock, events, refusalEvents, passwords, passwordMinLength, isOpen, composer } = options
  const newPasswords = createNewPasswords(passwords, passwordMinLength)

  return {
    async request({ email, password, name, locale }, client) {
      if (!isOpen) throw new AuthError('REGISTRATION_CLOSED')
      const passwordHash = await newPasswords.hash(password, { email, name })
      const emailKey = lookupKey(email)
      const owner = await store.findUserByEmailKey(emailKey)
      const { token, hash } = newToken()
      const createdAt = clock.now()
      const expiresAt = createdAt + LINK_MINUTES * MINUTE_MS
      const mail = mailTo(owner, {
        user: { ...decoyOf(emailKey), email, locale },
        facts: { at: createdAt, token, minutes: LINK_MINUTES, ...client },
        expiresAt,
        maxPerHour: MAX_MAILS_PER_HOUR,
      })
      // The row of a taken address costs the same. No mail has its token, and no account comes of it.
      await store.addRegistration(
        { hash, email, emailKey, name: name ?? null, locale, passwordHash, createdAt, expiresAt },
        mail,
      )
      const key = `${throttleKey(emailKey).toString('base64url')} ${client.ip}`
      await refusalEvents.record('registration-requested', key, { userId: owner?.id, client })
    },

    async confirm(token, client) {
      // Links that were mailed before registration was closed make no account, either.
      if (!isOpen) return false
      const at = clock.now()
      const detailsOf = ({ id: userId }: Pick<UserRow, 'id'>) => ({ userId, client })
      const user = await store.confirmRegistration({
        hash: hashOfToken(token),
        at,
        userOf: (registration) => accountOf(registration, at),
        clearFailures: ({ emailKey }) => [throttleKey(emailKey)],
        eventsOf: (of) => EVENTS.map((type) => events.rowOf(type, detailsOf(of))),
      })
      if (user === null) return false
      for (const type of EVENTS) events.announce(type, detailsOf(user))
      return true
    },
  }

  /** A disabled account gets no mail: the page for a new password would not let its owner in. */
  function mailTo(owner: UserRow | undefined, about: MailAbout): NewMail {
    if (owner === undefined) return composer.compose('registration', about)
    const { id, email, locale } = owner
    const user = { id, email: owner.disabledAt === null ? email : null, locale }
    return composer.compose('registration-attempt', { ...about, user })
  }
}

const EVENTS = ['registered', 'email-confirmed'] as const

function accountOf(registration: Registration, at: number): UserRow {
  const { hash: _, expiresAt: _expired, createdAt: _requested, ...asked } = registration
  return {
    ...asked,
    id: uuidv7({ msecs: at }),
    role: DEFAULT_ROLE,
    createdAt: at,
    passwordChangedAt: at,
    passwordChangeRequiredAt: null,
    disabledAt: null,
    emailConfirmedAt: at,
    signInNotices: true,
    invitedAt: null,
  }
}
