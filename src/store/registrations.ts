/**
 * The contract of the two ways in that go by mail: a registration that waits for the proof of its
 * address, and an invitation. Times are milliseconds since the Unix epoch.
 *
 * Threat: an attacker registers the address of another person, and keeps the password of the account
 * after that person has proved the address. Two uses of one link make two accounts.
 * Guarantee: a registration is no account. Each one has its own link and its own password, and no
 * other request changes either. The first link that comes back makes the account and deletes all
 * registrations of its address, in one transaction.
 * Limits: a person who opens the link of a registration that a stranger made gives the account the
 * password of that stranger. The mail says where the registration came from.
 * Source: OWASP ASVS 5.0 V6.3.8, Sudhodanan and Paverd, "Pre-hijacked accounts" (USENIX Security 22).
 */
import type { Authority, Denial } from './authority.ts'
import type { AuthEvent } from './events.ts'
import type { MailedToken } from './one-time-tokens.ts'
import type { NewMail } from './outbox.ts'
import type { UserRow } from './user-row.ts'

/** A registration that waits for the proof of its address. `passwordHash` is a secret. */
export interface Registration
  extends Pick<UserRow, 'email' | 'emailKey' | 'name' | 'locale' | 'passwordHash' | 'createdAt'> {
  /** SHA-256 of the token of its link: 32 bytes. */
  readonly hash: Buffer
  readonly expiresAt: number
}

/** A registration whose link has come back. */
export interface ConfirmedRegistration {
  /** SHA-256 of the token. */
  readonly hash: Buffer
  readonly at: number
  /** Returns the account. */
  userOf(registration: Registration): UserRow
  /** Returns the keys of the counts of failures that the change clears: 32 bytes each. */
  clearFailures(user: UserRow): readonly Buffer[]
  /** Returns the events of the change. */
  eventsOf(user: UserRow): readonly AuthEvent[]
}

/** An account that gets a link to choose its first password. */
export interface Invitation {
  /** The account to add if the address has none. It has no password. */
  readonly user: UserRow
  /** The role that an account gets which is invited again; undefined if it keeps its own. */
  readonly role: string | undefined
  readonly at: number
  /** Returns the link, which voids the last one. */
  linkFor(user: UserRow): MailedToken
  /** Returns the event of the change. */
  event(user: UserRow): AuthEvent
}

/**
 * The result of `invite`. `exists`: the account has a password, or is disabled, or another account
 * may get the address back.
 */
export type InvitationOutcome =
  | { readonly kind: 'invited'; readonly user: UserRow }
  | { readonly kind: Denial | 'exists' }

/** Registrations and invitations. Methods reject with AuthError STORE_UNAVAILABLE: see store.ts. */
export interface RegistrationStore {
  /**
   * Stores a registration together with its mail.
   * @returns false, with nothing changed, if the limit of the mail is reached
   */
  addRegistration(registration: Registration, mail: NewMail): Promise<boolean>
  /**
   * Makes the account of a registration, and deletes all registrations of its address.
   * @returns the account; null, with no account made, if the token is not valid, or the address is
   * taken or may come back to another account: see address-changes.ts
   */
  confirmRegistration(confirmation: ConfirmedRegistration): Promise<UserRow | null>
  /**
   * Adds an account without a password and mails its link, or mails another link to an account that
   * still has no password.
   * @param by left out for an operator, who may give every role
   */
  invite(invitation: Invitation, by?: Authority): Promise<InvitationOutcome>
}
