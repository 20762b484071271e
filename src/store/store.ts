/**
 * What the service asks of a database. Every method is one atomic statement or transaction: nobody outside has to
 * think about locks, and a crash leaves either all of a change or none of it.
 *
 * Methods reject with AuthError STORE_UNAVAILABLE when the database is busy, full, read-only or gone.
 * Times are milliseconds since the Unix epoch.
 */

import type { EventFacts, RevokedReason } from '../db/sqlite/tables.ts'
import type { RotationState } from '../protocol/rotation.ts'

export type { EventFacts, RevokedReason }

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

export interface Throttle {
  readonly failures: number
  readonly lastFailedAt: number
}

export interface CountedAttempt {
  /** 32 bytes: see credentials/throttle.ts. */
  readonly key: Buffer
  /** The count that the attempt follows, as it was read; undefined when there was none. */
  readonly follows: Throttle | undefined
  /** The count with the attempt: 1 when the count before it has faded. */
  readonly failures: number
  readonly at: number
  /** From when on the count may be pruned. */
  readonly forgetAt: number
}

/** What is to become of an account's access. What is left out stays as it is. */
export interface AccessChange {
  readonly role?: string | undefined
  readonly disabled?: boolean | undefined
  readonly passwordChangeRequired?: boolean | undefined
}

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

export type AccessOutcome =
  | { readonly kind: 'changed'; readonly before: User; readonly after: User }
  | { readonly kind: Denial | 'unknown' | 'last-administrator' }

export type EndingOutcome =
  | { readonly kind: 'ended'; readonly sids: readonly string[] }
  | { readonly kind: Denial | 'unknown' }

export type UnlockOutcome = { readonly kind: Denial | 'unknown' | 'unlocked' }

/** What an owner has proved of their account. A change is made only while all of it still holds. */
export interface OwnerProof {
  /** Which password was proved: the time of its choice. */
  readonly passwordChangedAt: number
  /** The session that asks. */
  readonly sid: string
}

/** A stretch of the accounts, the newest first. */
export interface UserPage {
  readonly users: User[]
  /** The account that was looked at last, when there are more after it. */
  readonly reached: string | null
}

export interface UserSearch {
  /** What the address or the name contains; undefined for every account. */
  readonly text?: string | undefined
  /** Only accounts with smaller ids, which were created before. */
  readonly before?: string | undefined
  /** At most so many accounts are looked at. */
  readonly rows: number
}

export interface AuthEvent {
  readonly at: number
  readonly type: string
  /** Whose account it is about. */
  readonly userId: string | null
  readonly sessionId: string | null
  /** The administrator who did it to the account; null where nobody else did. */
  readonly actorId: string | null
  readonly ip: string | null
  readonly userAgent: string | null
  readonly reason: string | null
  readonly facts: EventFacts | null
}

export interface StoredEvent extends AuthEvent {
  /** Grows with each event. */
  readonly id: number
}

export interface EventFilter {
  readonly type?: string | undefined
  readonly userId?: string | undefined
  readonly actorId?: string | undefined
  /** Only events with smaller ids. */
  readonly before?: number | undefined
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
   * Ends every session but the one that asks. The demand for a new password is met.
   * @param by left out by an operator, who ends every session
   * @returns the ids of the ended sessions; null when `by` no longer holds, and nothing was written
   */
  changePassword(id: string, newHash: string, at: number, by?: OwnerProof): Promise<string[] | null>
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

export interface ThrottleStore {
  findThrottle(key: Buffer): Promise<Throttle | undefined>
  /** Counts an attempt as failed before it is made. False when another one was counted meanwhile. */
  countAttempt(attempt: CountedAttempt): Promise<boolean>
  clearFailures(key: Buffer): Promise<void>
}

export interface EventStore {
  addEvent(event: AuthEvent): Promise<void>
  /** Newest first. */
  listEvents(limit: number, filter?: EventFilter): Promise<StoredEvent[]>
}

export interface SigningKeyStore {
  /**
   * Notes the key that signs from now on. Where it never did before, and others did, the event that tells of it is
   * stored along with that: once, however many processes start with it.
   * @param toldAs the event, given the key that was taken up before
   * @returns that event; null when there was nothing to tell
   */
  takeUpSigningKey(kid: string, at: number, toldAs: (before: string) => AuthEvent): Promise<AuthEvent | null>
}

export interface PruneLimits {
  /** Sessions whose hard limit lies before this are deleted, tombstones with them. */
  readonly sessionsBefore: number
  readonly changesBefore: number
  /** Counts that may be forgotten before this are. */
  readonly throttlesBefore: number
  readonly eventsBefore: number
  /** At most so many rows of each table in one call, so that no request has to wait long. */
  readonly rows: number
}

/** One session that ended or went stale, or one account whose sessions all went stale. */
export interface SessionChange {
  readonly of: 'session' | 'user'
  readonly id: string
}

/** What has ended or gone stale since the feed was last read. */
export interface ChangeFeed {
  /**
   * What changed since the last call, or 'everything' when that cannot be told. Synchronous, because it is asked at every
   * request.
   */
  changedSessions(): readonly SessionChange[] | 'everything'
}

export interface Store
  extends AccountStore,
    SessionStore,
    ThrottleStore,
    EventStore,
    SigningKeyStore,
    ChangeFeed {
  ping(): Promise<void>
  /** Deletes what nobody will ask for again; returns how many rows went. */
  prune(limits: PruneLimits): Promise<number>
  close(): Promise<void>
}
