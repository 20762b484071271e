/**
 * The contract of accounts. Times are milliseconds since the Unix epoch.
 */
import type { Authority, Denial, OwnerProof } from './authority.ts'
import type { MailedToken } from './one-time-tokens.ts'
import type { SessionRow } from './sessions.ts'
import type { MailFor, UserRow } from './user-row.ts'

/** The role of administrators. The store refuses changes that leave no enabled account with it. */
export const ADMINISTRATOR_ROLE = 'admin'

/** The hash of an account that has no password yet. No password matches it. */
export const NO_PASSWORD = ''

/** A change of an account's access. A field that is undefined does not change. */
export interface AccessChange {
  readonly role?: string | undefined
  readonly disabled?: boolean | undefined
  readonly passwordChangeRequired?: boolean | undefined
}

/** The result of `changeAccess`. */
export type AccessOutcome =
  | { readonly kind: 'changed'; readonly before: UserRow; readonly after: UserRow }
  | { readonly kind: Denial | 'unknown' | 'last-administrator' }

/** The result of `unlockUser`. */
export type UnlockOutcome = { readonly kind: Denial | 'unknown' | 'unlocked' }

/** The result of `deleteUserFor`. `user` is the account as it was. */
export type DeletionOutcome =
  | { readonly kind: 'deleted'; readonly user: UserRow }
  | { readonly kind: Denial | 'unknown' | 'last-administrator' }

/** The result of one step of a search, the newest account first. */
export interface UserPage {
  readonly users: UserRow[]
  /** The id of the last account that was compared, or null if there are no more accounts. */
  readonly reached: string | null
}

/** A text to search for: as the caller typed it, and in the spelling of `emailKey`. */
export interface SearchText {
  readonly text: string
  readonly emailKey: string
}

/** One step of a search: it compares a limited number of accounts. */
export interface UserSearch {
  /** The text that the address or the name contains; undefined for every account. */
  readonly match?: SearchText | undefined
  /** Compares only accounts with smaller ids, which are older. */
  readonly before?: string | undefined
  /** Maximum number of accounts to compare. */
  readonly rows: number
}

/** What an owner proves and writes along with a new password. */
export interface PasswordOwner extends OwnerProof {
  /** Replaces the owner's current session. If left out, the current session goes on. */
  readonly successor?: SessionRow | undefined
  /** Keys of the counts of failures that the change clears: 32 bytes each. */
  readonly clearFailures?: readonly Buffer[]
}

/** The accounts. Methods reject with AuthError STORE_UNAVAILABLE: see store.ts. */
export interface AccountStore {
  /**
   * Adds an account. Returns false if another account has the same `emailKey`, or may get it back:
   * see address-changes.ts.
   * @param link added in the same transaction
   */
  createUser(user: UserRow, link?: MailedToken): Promise<boolean>
  findUser(id: string): Promise<UserRow | undefined>
  findUserByEmailKey(emailKey: string): Promise<UserRow | undefined>
  /** Returns whether there is an enabled account with the role `admin`. */
  hasAdministrator(): Promise<boolean>
  /** Returns all accounts, sorted by `emailKey`. */
  listUsers(): Promise<UserRow[]>
  /** Returns the accounts that match, among at most `rows` accounts. */
  searchUsers(search: UserSearch): Promise<UserPage>
  /**
   * Replaces the hash of the same password by a hash with newer parameters. Writes nothing if the
   * account is disabled, or if its password or hash has changed since `proved` was read.
   */
  replacePasswordHash(
    proved: Pick<UserRow, 'id' | 'passwordHash' | 'passwordChangedAt'>,
    newHash: string,
  ): Promise<void>
  /**
   * Sets a new password, ends every session except the owner's current one, and removes
   * `passwordChangeRequiredAt`. If the current session has a successor, it ends as `replaced`.
   * @param by the owner's proof; left out for an operator, whose change ends every session
   * @returns the account after the change; null, with nothing changed, if `by` no longer holds
   */
  changePassword(
    id: string,
    newHash: string,
    at: number,
    by?: PasswordOwner,
    mailFor?: MailFor,
  ): Promise<UserRow | null>
  /** Sets whether the owner gets mail about a sign-in from an unknown browser. */
  setSignInNotices(id: string, isOn: boolean, at: number): Promise<void>
  /**
   * Changes the name. The user's access tokens go stale: the next request reads the account again,
   * and the sessions stay alive. Writes nothing if the account already has this name.
   */
  renameUser(id: string, name: string | null, at: number): Promise<void>
  /**
   * Changes `role`, `disabled` and `passwordChangeRequired` together, or nothing. Disabling ends
   * every session. Any other change makes the user's access tokens stale: the next request reads
   * the account again.
   *
   * `last-administrator`: no enabled account with the role `admin` would be left.
   * @param by left out for an operator, who may change everything
   * @param mailFor called if the change disables an account that was enabled
   */
  changeAccess(
    id: string,
    change: AccessChange,
    at: number,
    by?: Authority,
    mailFor?: MailFor,
  ): Promise<AccessOutcome>
  /**
   * Clears the count of failures under the key.
   * @param key 32 bytes: see credentials/throttle.ts
   * @param by left out for an operator
   */
  unlockUser(id: string, key: Buffer, at: number, by?: Authority): Promise<UnlockOutcome>
  /**
   * Deletes an account with its sessions. `last-administrator`: no enabled account with the role
   * `admin` would be left. `session-ended`: `by` no longer holds. `address-changed`: the owner asks,
   * and a link can still put back another address.
   * @param by the owner's proof; left out for an operator
   */
  deleteUser(
    id: string,
    at: number,
    by?: OwnerProof,
    mailFor?: MailFor,
  ): Promise<'deleted' | 'last-administrator' | 'session-ended' | 'address-changed'>
  /**
   * Deletes the account of another person with its sessions, or nothing. Every process ends its
   * sessions at the next request. `last-administrator`: as in `deleteUser`.
   * @param by left out for an operator, who may delete every account
   */
  deleteUserFor(id: string, at: number, by?: Authority, mailFor?: MailFor): Promise<DeletionOutcome>
}
