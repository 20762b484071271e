/**
 * What the rest of the service, a handler and a log may know of an account.
 *
 * Threat: a handler answers with the caller, or logs it, and publishes a password hash.
 * Guarantee: an account holds no secret. A row holds one, and does not compile where an account is expected.
 */

/** An account without its secrets. Times are milliseconds since the Unix epoch. */
export interface Account {
  /** UUIDv7. */
  readonly id: string
  /** The address as the user typed it. */
  readonly email: string
  readonly name: string | null
  readonly role: string
  readonly createdAt: number
  /** When the password was set. It also identifies the password: each change moves it forward. */
  readonly passwordChangedAt: number
  /** Since when the user has to choose a new password first, or null. */
  readonly passwordChangeRequiredAt: number | null
  /** Since when the account is disabled, or null. */
  readonly disabledAt: number | null
  /** Since when the owner has proved that they read the mail of this address, or null. */
  readonly emailConfirmedAt: number | null
  /** The language of mail: a BCP 47 tag such as `ja` or `pt-BR`, or null. */
  readonly locale: string | null
  /** Whether the owner gets mail about a sign-in from a browser that the account does not know. */
  readonly signInNotices: boolean
  /** Since when an invited account waits for its first password, or null. It cannot sign in. */
  readonly invitedAt: number | null
  /** Only a row has this. A row is no account. */
  readonly passwordHash?: never
}

/** Copies the public part of a row, or of an account. */
export const toAccount = (from: Omit<Account, 'passwordHash'>): Account =>
  Object.freeze({
    id: from.id,
    email: from.email,
    name: from.name,
    role: from.role,
    createdAt: from.createdAt,
    passwordChangedAt: from.passwordChangedAt,
    passwordChangeRequiredAt: from.passwordChangeRequiredAt,
    disabledAt: from.disabledAt,
    emailConfirmedAt: from.emailConfirmedAt,
    locale: from.locale,
    signInNotices: from.signInNotices,
    invitedAt: from.invitedAt,
  })
