/**
 * Who may make a change. The store judges this inside the transaction that makes the change.
 */

/**
 * Who asks for a change of an account over HTTP. The store reads the row of this account and of this session inside the
 * transaction that makes the change: what was true when the request arrived does not count.
 */
export interface Authority {
  readonly userId: string
  readonly sid: string
  /** Whether an actor with the first role may make this change of accounts with the second role, or give it. */
  reaches(role: string, other: string): boolean
}

/**
 * `session-ended`: the session that asks is no longer alive, or its account is disabled. `password-change-required`: its
 * account has to choose a new password first. `protected`: the actor's role does not reach the account's.
 */
export type Denial = 'session-ended' | 'password-change-required' | 'protected'

/** What an owner has proved of their account. A change is made only while all of it still holds. */
export interface OwnerProof {
  /** Which password was proved: the time of its choice. */
  readonly passwordChangedAt: number
  /** The session that asks. */
  readonly sid: string
}
