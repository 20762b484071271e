/**
 * Who may make a change. The store checks it inside the transaction that makes the change.
 */

/**
 * The actor who asks for a change of another account over HTTP. The store reads the rows of the
 * actor's account and session inside the transaction that makes the change. The rows decide as they
 * are then, not as they were when the request arrived.
 */
export interface Authority {
  /** The actor's account: a UUIDv7. */
  readonly userId: string
  /** The actor's session: base64url of 128 bits. */
  readonly sid: string
  /**
   * Returns whether an actor with `role` may make this change of an account with the role `other`.
   * A change that gives an account a role is checked with that role, too.
   */
  reaches(role: string, other: string): boolean
}

/**
 * Why the store refuses a change.
 * - `session-ended`: the actor's session has ended, or the actor's account is disabled.
 * - `password-change-required`: the actor has to choose a new password first.
 * - `protected`: the actor's role permits less than the role of the account.
 */
export type Denial = 'session-ended' | 'password-change-required' | 'protected'

/**
 * What an owner has proved about their account. The store makes a change only if all of it holds.
 */
export interface OwnerProof {
  /** Identifies the proved password: when it was set, in milliseconds since the Unix epoch. */
  readonly passwordChangedAt: number
  /** The owner's session: base64url of 128 bits. */
  readonly sid: string
}
