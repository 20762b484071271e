/**
 * The contract of sessions. Times are milliseconds since the Unix epoch.
 */
import type { RotationState } from '../protocol/rotation.ts'
import type { Authority, Denial } from './authority.ts'
import type { AuthEvent } from './events.ts'
import type { User } from './users.ts'

export interface Session extends RotationState {
  /** The `sid`: base64url of 128 random bits. */
  readonly id: string
  readonly userId: string
  readonly seed: Buffer
  readonly authenticatedAt: number
  readonly createdAt: number
  readonly remember: boolean
  /** Whether its tokens were given out as cookies. */
  readonly isByCookie: boolean
  readonly revokedReason: RevokedReason | null
  readonly ip: string
  readonly userAgent: string
  readonly lastSeenAt: number
}

export interface SessionWithUser {
  readonly session: Session
  readonly user: User
}

export type RevokedReason =
  | 'logout'
  | 'reuse'
  | 'signed-in-again'
  | 'replaced'
  | 'session-limit'
  | 'ended-by-user'
  | 'ended-by-administrator'
  | 'password-changed'
  | 'disabled'

/** The compare-and-swap that a `rotate` or `adopt` verdict asks for. */
export interface Rotation {
  readonly id: string
  readonly from: number
  readonly to: number
  readonly rotatedAt: number
  /** `rotatedAt` where `to` is handed out again; null where it is new. */
  readonly handedAt: number | null
  /** The limit is never moved back: an earlier one changes nothing. */
  readonly idleExpiresAt: number
  /** When the request arrived: the session must have been alive then. */
  readonly arrived: number
  /** `from` must have been issued, and last handed out, at this time or before. */
  readonly settledBy: number
  readonly ip: string
  readonly userAgent: string
  /** Recorded along with it. */
  readonly event?: AuthEvent | undefined
}

/** What a `reissue` or `fall-back` verdict writes. */
export interface Reissue {
  readonly id: string
  readonly generation: number
  readonly handedAt: number
  readonly arrived: number
  /** The limit is never moved back: 0 leaves it alone. */
  readonly idleExpiresAt: number
  /** That the session fell back. Recorded along with it, once in a generation. */
  readonly event?: AuthEvent | undefined
}

export type EndingOutcome =
  | { readonly kind: 'ended'; readonly sids: readonly string[] }
  | { readonly kind: Denial | 'unknown' }

/** The end of an account's sessions that another account asks for. */
export interface AuthorizedEnding {
  readonly userId: string
  /** One session; left out for all of them. */
  readonly sid?: string | undefined
  readonly reason: RevokedReason
  readonly at: number
}

/** What has to hold of an account as a session of it begins. */
export interface SessionAccount {
  /** The password that was proved is still the one: nothing begins after the change that was to end everything. */
  readonly passwordChangedAt: number
  /** Sessions that may be alive at once, the new one included: at least 1. */
  readonly mostSessions: number
  /** Keys of the counts that the proof takes back. */
  readonly clearFailures: readonly Buffer[]
  /** What is recorded of it. */
  readonly event: AuthEvent
}

/** A session that has begun. */
export interface BegunSession {
  /** The account as the transaction that began the session found it. */
  readonly user: User
  /** The ids of the sessions that were too many, and have ended. */
  readonly ended: readonly string[]
}

export interface SessionStore {
  /**
   * Begins a session, and ends the least recently seen of the account's others that are more than its limit. What
   * `account` asks for besides is done along with it, or not at all.
   * @returns null when the account is not as `account` says any more, and nothing was begun
   */
  createSession(session: Session, account?: SessionAccount): Promise<BegunSession | null>
  findSession(id: string): Promise<SessionWithUser | undefined>
  /** The generation of a session that is alive at `at`, else null. */
  currentGeneration(id: string, at: number): Promise<number | null>
  /**
   * The session as it is then, and its account. Undefined when another request was faster, the session has ended, or
   * `from` has been handed out again meanwhile.
   */
  rotateSession(rotation: Rotation): Promise<SessionWithUser | undefined>
  /** Notes that the current generation is handed out again. Undefined as above. */
  reissueSession(reissue: Reissue): Promise<SessionWithUser | undefined>
  /** Records the first use of an access token of `generation`; later ones change nothing. */
  markUsed(id: string, generation: number, at: number): Promise<void>
  /** Records the first proof that the client holds `generation`; later ones change nothing. */
  confirmSession(id: string, generation: number, at: number): Promise<void>
  /**
   * False when there was nothing to end.
   * @param event recorded along with it
   */
  endSession(id: string, reason: RevokedReason, at: number, event?: AuthEvent): Promise<boolean>
  /**
   * Ends every session of the user but `keepSessionId`, those past a limit included: the clock that says so may be
   * wrong. The ids of those that were alive are returned.
   */
  endSessionsOf(
    userId: string,
    reason: RevokedReason,
    at: number,
    keepSessionId: string | null,
  ): Promise<string[]>
  /**
   * Ends every session of the user, or the one that is named. `unknown`: there is no such account, or the session is none of
   * its sessions that are alive.
   */
  endSessionsFor(ending: AuthorizedEnding, by: Authority): Promise<EndingOutcome>
  /** The user's sessions that are alive at `at`, the latest seen first. */
  listSessions(userId: string, at: number): Promise<Session[]>
}
