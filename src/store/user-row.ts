/**
 * An account as the store keeps it. Times are milliseconds since the Unix epoch.
 */
import type { Account } from './account.ts'
import type { NewMail } from './outbox.ts'

/** A row of an account. `passwordHash` is a secret. */
export interface UserRow extends Omit<Account, 'passwordHash'> {
  /** The address in the spelling that identifies a mailbox. Each account has another one. */
  readonly emailKey: string
  /** PHC string, or NO_PASSWORD of users.ts. */
  readonly passwordHash: string
}

/**
 * Returns the mail that a change causes. The store calls it inside the transaction of the change,
 * with the account after it, and writes the mail along with the change.
 */
export type MailFor = (user: UserRow) => readonly NewMail[]
