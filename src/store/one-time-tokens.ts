/**
 * The contract of one-time tokens: the links in mail. Times are milliseconds since the Unix epoch.
 *
 * Threat: a copy of the database has links that work, or a link works twice or for another purpose.
 * Guarantee: the store has only the SHA-256 of a token. An account has one token for each purpose,
 * so a newer one voids the last. A token is valid for one purpose, until its expiry, and as long as
 * the account has the password and the address that it had then. The transaction that uses a token
 * deletes it.
 * Source: OWASP ASVS 5.0 V6.5.1 to V6.5.3 and V6.6.2, OWASP Forgot Password Cheat Sheet.
 */
import type { AuthEvent } from './events.ts'
import type { NewMail } from './outbox.ts'
import type { MailFor, UserRow } from './user-row.ts'

/** What a token permits. */
export type TokenPurpose = 'password-reset' | 'email-confirmation' | 'invitation'

export interface OneTimeToken {
  /** SHA-256 of the token: 32 bytes. */
  readonly hash: Buffer
  readonly purpose: TokenPurpose
  /** The account. An id that no account has makes a decoy, which is never found. */
  readonly userId: string
  /** The password of the account when the token was made. */
  readonly passwordChangedAt: number
  /** The address of the account when the token was made, in the spelling that identifies a mailbox. */
  readonly emailKey: string
  readonly createdAt: number
  readonly expiresAt: number
}

/** A token with the mail that brings it. */
export interface MailedToken {
  readonly token: OneTimeToken
  readonly mail: NewMail
}

/** A new password by a token. */
export interface PasswordReset {
  /** SHA-256 of the token. */
  readonly hash: Buffer
  /** Which kind of token sets a password here. */
  readonly purpose: 'password-reset' | 'invitation'
  /** PHC string of the new password. */
  readonly newHash: string
  readonly at: number
  /** Returns the keys of the counts of failures that the change clears: 32 bytes each. */
  clearFailures(user: UserRow): readonly Buffer[]
  /** Returns the event of the change. */
  event(user: UserRow): AuthEvent
  readonly mailFor?: MailFor | undefined
}

/** The one-time tokens. Methods reject with AuthError STORE_UNAVAILABLE: see store.ts. */
export interface OneTimeTokenStore {
  /**
   * Stores a token in place of the last one with its purpose and account, together with its mail.
   * @returns false, with nothing changed, if the limit of the mail is reached
   */
  issueOneTimeToken(token: OneTimeToken, mail: NewMail): Promise<boolean>
  /** Returns the account of a token that is valid for this purpose at `at`, and is enabled. */
  findOneTimeToken(hash: Buffer, purpose: TokenPurpose, at: number): Promise<UserRow | undefined>
  /**
   * Uses a token that sets a password: ends every session, and confirms the address. An invited
   * account is an account like any other afterwards.
   * @returns the account after the change; null, with nothing changed, if the token is not valid
   */
  resetPassword(reset: PasswordReset): Promise<UserRow | null>
  /**
   * Uses a token of the purpose `email-confirmation`: confirms the address.
   * @returns the account after the change; null, with nothing changed, if the token is not valid
   */
  confirmEmail(confirmation: {
    readonly hash: Buffer
    readonly at: number
    event(user: UserRow): AuthEvent
  }): Promise<UserRow | null>
}
