/**
 * The contract of accounts. Times are milliseconds since the Unix epoch.
 */
import type { Authority, Denial, OwnerProof } from './authority.ts'
import type { Session } from './sessions.ts'

/** The last enabled account with this role keeps it. */
export const ADMINISTRATOR_ROLE = 'admin'

export interface User {
  /** UUIDv7. */
  readonly id: string
  readonly email: string
  readonly emailKey: string
  readonly name: string | null
  readonly role: string
  /** PHC string. */
  readonly passwordHash: string
  readonly createdAt: number
  readonly passwordChangedAt: number
  /** Since when the person has to choose a new password before anything else. */
  readonly passwordChangeRequiredAt: number | null
  readonly disabledAt: number | null
}

/** What is to become of an account's access. What is left out stays as it is. */
export interface AccessChange {
  readonly role?: string | undefined
  readonly disabled?: boolean | undefined
  readonly passwordChangeRequired?: boolean | undefined
}

export type AccessOutcome =
  | { readonly kind: 'changed'; readonly before: User; readonly after: User }
  | { readonly kind: Denial | 'unknown' | 'last-administrator' }

export type UnlockOutcome = { readonly kind: Denial | 'unknown' | 'unlocked' }

/** A stretch of the accounts, the newest first. */
export interface UserPage {
  readonly users: User[]
  /** The account that was looked at last, when there are more after it. */
  readonly reached: string | null
}

/** A text in two spellings: as it was typed, and as it stands in the key of an address. */
export interface SearchText {
  readonly text: string
  readonly emailKey: string
}

export interface UserSearch {
  /** What the address or the name contains; undefined for every account. */
  readonly match?: SearchText | undefined
  /** Only accounts with smaller ids, which were created before. */
  readonly before?: string | undefined
  /** At most so many accounts are looked at. */
  readonly rows: number
}

/** An owner who changes the password. */
export interface PasswordOwner extends OwnerProof {
  /** Begins in the place of the session that asks. Left out: the session that asks goes on. */
  readonly successor?: Session | undefined
  /** Keys of the counts that the proof takes back. */
  readonly clearFailures?: readonly Buffer[]
}

export interface AccountStore {
  /** False when the address already has an account. */
  createUser(user: User): Promise<boolean>
  findUser(id: string): Promise<User | undefined>
  findUserByEmailKey(emailKey: string): Promise<User | undefined>
  listUsers(): Promise<User[]>
  searchUsers(search: UserSearch): Promise<UserPage>
  /**
   * Same password, newer parameters. Writes nothing when the account is disabled, or its password or hash has changed since
   * `proved` was read.
   */
  replacePasswordHash(
    proved: Pick<User, 'id' | 'passwordHash' | 'passwordChangedAt'>,
    newHash: string,
  ): Promise<void>
  /**
   * Ends every session but the one that asks. That one ends as `replaced` if it has a successor. The demand for a new
   * password is met.
   * @param by left out by an operator, who ends every session
   * @returns the account as it is then; null when `by` no longer holds, and nothing was written
   */
  changePassword(id: string, newHash: string, at: number, by?: PasswordOwner): Promise<User | null>
  /**
   * The user's access tokens go stale: the next request carries the new name, and finds the session alive. Writes nothing
   * when the account has this name already.
   */
  renameUser(id: string, name: string | null, at: number): Promise<void>
  /**
   * Changes role, `disabled` and the demand for a new password at once, or nothing. Disabling ends every session; else
   * the user's access tokens go stale, and the next request carries what changed.
   *
   * `last-administrator`: no enabled account with the role `admin` would be left.
   * @param by left out by an operator, who may change everything
   */
  changeAccess(id: string, change: AccessChange, at: number, by?: Authority): Promise<AccessOutcome>
  /** Clears the count of failures under this key. @param by left out by an operator */
  unlockUser(id: string, key: Buffer, at: number, by?: Authority): Promise<UnlockOutcome>
  /**
   * The last administrator stays.
   * @param by left out by an operator. `session-ended`: it no longer holds.
   */
  deleteUser(
    id: string,
    at: number,
    by?: OwnerProof,
  ): Promise<'deleted' | 'last-administrator' | 'session-ended'>
}
