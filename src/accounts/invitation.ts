/**
 * Invites people: an account without a password, and a mail with a link to choose one.
 *
 * Threat: an actor gives a role that permits more than the actor's own; an invitation is used by
 * another person, twice, or after a newer one; an operator knows the password of an account.
 * Guarantee: the transaction that adds the account checks the actor. Only the SHA-256 of a token is
 * stored. A link works once, for seven days, and until a newer one is mailed or the account has a
 * password. An account without a password cannot sign in, and a sign-in to it costs the same work.
 * An address that has a password gets no invitation, and nothing of its account changes.
 * Limits: who reads the mail of an address accepts its invitation.
 * Source: OWASP ASVS 5.0 V6.4.1 and V8.2, NIST SP 800-63B-4 section 4.1.
 */
import { v7 as uuidv7 } from 'uuid'
import { createAuthorities } from '../access/authority.ts'
import { DEFAULT_ROLE, type Roles } from '../access/roles.ts'
import type { Actor, Events } from '../audit/events.ts'
import type { Clock } from '../clock.ts'
import { AuthError } from '../errors.ts'
import type { Composer } from '../mail/composer.ts'
import { type Account, toAccount } from '../store/account.ts'
import type { MailedToken } from '../store/one-time-tokens.ts'
import type { RegistrationStore } from '../store/registrations.ts'
import type { UserRow } from '../store/user-row.ts'
import { NO_PASSWORD } from '../store/users.ts'
import { lookupKey } from './email.ts'
import { newToken } from './one-time-token.ts'

export interface Invitee {
  readonly email: string
  /** By default `user`, or the role that an invited account has. */
  readonly role?: string | undefined
  readonly name?: string | undefined
  /** The language of mail: a BCP 47 tag. */
  readonly locale?: string | null | undefined
}

export interface Invitations {
  /**
   * Adds an account without a password and mails a link to choose one. An account that still has
   * none is invited again: the new link voids the last one.
   * Rejects with MAIL_OFF, ACCOUNT_EXISTS, or INVALID_REQUEST for a role that is not defined.
   * Rejects with ACCESS_FORBIDDEN, SESSION_ENDED or PASSWORD_CHANGE_REQUIRED as `changeAccess` of
   * administration.ts does.
   * @param by the actor; undefined for the command line, which may give every role
   */
  invite(invitee: Invitee, by?: Actor): Promise<Account>
}

export interface InvitationsOptions {
  readonly store: RegistrationStore
  readonly clock: Clock
  readonly events: Events
  readonly roles: Roles
  /** Null if the service sends no mail. */
  readonly composer: Composer | null
}

/** An administrator invites before a holiday, too. */
const LINK_MINUTES = 7 * 24 * 60
const MINUTE_MS = 60_000
const PURPOSE = 'invitation'

export function createInvitations(options: InvitationsOptions): Invitations {
  const { store, clock, events, roles, composer } = options
  const authorities = createAuthorities(options)

  return {
    async invite(invitee, by) {
      if (composer === null) throw new AuthError('MAIL_OFF')
      const { role } = invitee
      if (role !== undefined && !roles.isRole(role)) {
        throw new AuthError('INVALID_REQUEST', { message: `There is no role ${JSON.stringify(role)}` })
      }
      const at = clock.now()
      const detailsOf = (user: UserRow) => ({
        userId: user.id,
        actorId: by?.userId,
        client: by?.client,
        reason: `role ${user.role}`,
      })
      const outcome = await store.invite(
        {
          user: accountOf(invitee, at),
          role,
          at,
          linkFor: (user) => linkFor(user, at, composer),
          event: (user) => events.rowOf('invited', detailsOf(user)),
        },
        by && authorities.of(by, 'users:write'),
      )
      if (outcome.kind === 'exists') throw new AuthError('ACCOUNT_EXISTS')
      if (outcome.kind !== 'invited') throw await authorities.refusal(outcome.kind, undefined, by)
      events.announce('invited', detailsOf(outcome.user))
      return toAccount(outcome.user)
    },
  }
}

function accountOf({ email, role, name, locale }: Invitee, at: number): UserRow {
  return {
    id: uuidv7({ msecs: at }),
    email,
    emailKey: lookupKey(email),
    name: name ?? null,
    role: role ?? DEFAULT_ROLE,
    passwordHash: NO_PASSWORD,
    createdAt: at,
    passwordChangedAt: at,
    passwordChangeRequiredAt: null,
    disabledAt: null,
    emailConfirmedAt: null,
    locale: locale ?? null,
    signInNotices: true,
    invitedAt: at,
  }
}

function linkFor(user: UserRow, createdAt: number, composer: Composer): MailedToken {
  const { token, hash } = newToken()
  const expiresAt = createdAt + LINK_MINUTES * MINUTE_MS
  const mail = composer.compose(PURPOSE, {
    user,
    facts: { at: createdAt, token, minutes: LINK_MINUTES },
    expiresAt,
  })
  const { id: userId, passwordChangedAt, emailKey } = user
  return {
    token: { hash, purpose: PURPOSE, userId, passwordChangedAt, emailKey, createdAt, expiresAt },
    mail,
  }
}
