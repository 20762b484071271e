/**
 * The contract of sessions. Times are milliseconds since the Unix epoch.
 */
import type { RotationState } from '../protocol/rotation.ts'
import type { Authority, Denial } from './authority.ts'
import type { AuthEvent } from './events.ts'
import type { SessionInfo } from './session-info.ts'
import type { MailFor, UserRow } from './user-row.ts'

/** A row of a session. `seed` is a secret. */
export interface SessionRow extends RotationState, Omit<SessionInfo, 'seed'> {
  /** 32 random bytes. Refresh tokens are derived from it and from SECRET_KEY. */
  readonly seed: Buffer
  /** Null if the session was not revoked. */
  readonly revokedReason: RevokedReason | null
}

/** A session and its account, as one statement read them. */
export interface SessionRowWithUser {
  readonly session: SessionRow
  readonly user: UserRow
}

/** Why a session was revoked. The session's row keeps the reason until its hard limit. */
export type RevokedReason =
  | 'logout'
  | 'reuse'
  | 'signed-in-again'
  | 'replaced'
  | 'session-limit'
  | 'ended-by-user'
  | 'ended-by-administrator'
  | 'password-changed'
  | 'address-restored'
  | 'disabled'

/** The compare-and-swap of a `rotate` or `adopt` verdict. */
export interface Rotation {
  /** The `sid` of the session. */
  readonly id: string
  /** The generation that has to be current. */
  readonly from: number
  /** The generation that becomes current. */
  readonly to: number
  readonly rotatedAt: number
  /** Equal to `rotatedAt` if `to` was issued before; null if `to` is new. */
  readonly handedAt: number | null
  /** The new idle limit. The store ignores a limit that is earlier than the stored one. */
  readonly idleExpiresAt: number
  /** When the request arrived. The session must not have ended at that time. */
  readonly arrived: number
  /** The latest time at which `from` may have been issued for the first or the last time. */
  readonly settledBy: number
  readonly ip: string
  readonly userAgent: string
  /** Added in the same transaction. */
  readonly event?: AuthEvent | undefined
}

/** The update of a `reissue` or `fall-back` verdict. */
export interface Reissue {
  /** The `sid` of the session. */
  readonly id: string
  /** The generation that has to be current. */
  readonly generation: number
  readonly handedAt: number
  /** When the request arrived. The session must not have ended at that time. */
  readonly arrived: number
  /**
   * The new idle limit. The store ignores a limit that is earlier than the stored one, such as 0.
   */
  readonly idleExpiresAt: number
  /** The event of a fall-back. Added in the same transaction, at most once in a generation. */
  readonly event?: AuthEvent | undefined
}

/** The result of `endSessionsFor`. `sids` are the sessions that were alive. */
export type EndingOutcome =
  | { readonly kind: 'ended'; readonly sids: readonly string[] }
  | { readonly kind: Denial | 'unknown' }

/** The sessions of an account that another account ends. */
export interface AuthorizedEnding {
  readonly userId: string
  /** The session to end; undefined for all sessions of the account. */
  readonly sid?: string | undefined
  readonly reason: RevokedReason
  readonly at: number
}

/** What a sign-in requires of the account and writes along with the session. */
export interface SessionAccount {
  /** The proved password must still be current: a change of the password ends all sessions. */
  readonly passwordChangedAt: number
  /** Sessions of the account that may be alive at once, with the new one: at least 1. */
  readonly maxSessions: number
  /** Keys of the counts of failures that the sign-in clears: 32 bytes each. */
  readonly clearFailures: readonly Buffer[]
  /** The event of the sign-in. */
  readonly event: AuthEvent
  /** Written in the same transaction. */
  readonly mailFor?: MailFor | undefined
}

/** A session that has begun. */
export interface BegunSession {
  /** The account as the transaction that began the session read it. */
  readonly user: UserRow
  /** The `sid`s of the sessions that ended because the account had too many. */
  readonly ended: readonly string[]
}

/**
 * The sessions. A session is alive until it is revoked or reaches its idle limit or hard limit.
 * Methods reject with AuthError STORE_UNAVAILABLE: see store.ts.
 */
export interface SessionStore {
  /**
   * Begins a session. If the account then has more sessions than its limit, the least recently seen
   * ones end. One transaction makes all changes.
   * @param account left out for a session without a sign-in: nothing is checked or cleared
   * @returns null if the account no longer matches `account`; then nothing has changed
   */
  createSession(session: SessionRow, account?: SessionAccount): Promise<BegunSession | null>
  /** Returns a session, dead or alive, with its account. */
  findSession(id: string): Promise<SessionRowWithUser | undefined>
  /** Returns the generation of a session that is alive at `at`, else null. */
  currentGeneration(id: string, at: number): Promise<number | null>
  /**
   * Returns the session after the rotation, with its account. Returns undefined, with nothing
   * changed, if `from` is not current, the session has ended, or `from` has not settled.
   */
  rotateSession(rotation: Rotation): Promise<SessionRowWithUser | undefined>
  /**
   * Records that the current generation is issued again. Returns the session with its account, or
   * undefined if the generation is not current or the session has ended.
   */
  reissueSession(reissue: Reissue): Promise<SessionRowWithUser | undefined>
  /** Records the first use of an access token of `generation`. A later use changes nothing. */
  markUsed(id: string, generation: number, at: number): Promise<void>
  /** Records the first proof that the client holds `generation`. A later proof changes nothing. */
  confirmSession(id: string, generation: number, at: number): Promise<void>
  /**
   * Revokes a session. Returns false if there is no such session or it is revoked already.
   * @param event added in the same transaction, if the session was revoked, as is the mail
   */
  endSession(
    id: string,
    reason: RevokedReason,
    at: number,
    event?: AuthEvent,
    mailFor?: MailFor,
  ): Promise<boolean>
  /**
   * Revokes every session of the user except `keepSessionId`. Sessions past a limit are revoked,
   * too: they would be alive again when a clock that is ahead is corrected.
   * @returns the `sid`s of the sessions that were alive
   */
  endSessionsOf(
    userId: string,
    reason: RevokedReason,
    at: number,
    keepSessionId: string | null,
  ): Promise<string[]>
  /**
   * Revokes every session of the user, or one of them. `unknown`: the account does not exist, or
   * `sid` is not a session of the account that is alive.
   */
  endSessionsFor(ending: AuthorizedEnding, by: Authority): Promise<EndingOutcome>
  /** Returns the user's sessions that are alive at `at`, the most recently seen first. */
  listSessions(userId: string, at: number): Promise<SessionRow[]>
}
