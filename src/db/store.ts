/**
 * What the service asks of a database. Every method is one atomic statement or transaction: nobody outside has to
 * think about locks, and a crash leaves either all of a change or none of it.
 *
 * Methods reject with AuthError STORE_UNAVAILABLE when the database is busy, full, read-only or gone.
 * Times are milliseconds since the Unix epoch.
 */
import type { RotationState } from '../sessions/rotation.ts'
import type { RevokedReason } from './tables.ts'

export type { RevokedReason }

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
  readonly revokedReason: RevokedReason | null
  readonly ip: string
  readonly userAgent: string
  readonly lastSeenAt: number
}

export interface SessionWithUser {
  readonly session: Session
  readonly user: User
}

/** The compare-and-swap that a `rotate` verdict asks for. */
export interface Rotation {
  readonly id: string
  readonly from: number
  readonly to: number
  readonly rotatedAt: number
  readonly idleExpiresAt: number
  /** When the request arrived: the session must have been alive then. */
  readonly arrived: number
  readonly ip: string
  readonly userAgent: string
}

export interface Throttle {
  readonly failures: number
  readonly lastFailedAt: number
}

export interface CountedAttempt {
  /** 32 bytes: see accounts/throttle.ts. */
  readonly key: Buffer
  /** How many failures it follows. */
  readonly failures: number
  readonly at: number
  /** From when on the count may be pruned; null for never. */
  readonly forgetAt: number | null
}

export interface AuthEvent {
  readonly at: number
  readonly type: string
  readonly userId: string | null
  readonly sessionId: string | null
  readonly ip: string | null
  readonly userAgent: string | null
  readonly reason: string | null
}

export interface AccountStore {
  /** False when the address already has an account. */
  createUser(user: User): Promise<boolean>
  findUser(id: string): Promise<User | undefined>
  findUserByEmailKey(emailKey: string): Promise<User | undefined>
  listUsers(): Promise<User[]>
  /** Same password, newer parameters: nothing else changes. */
  replacePasswordHash(id: string, oldHash: string, newHash: string): Promise<void>
  /** Ends every session but `keepSessionId`; their ids are returned. */
  changePassword(id: string, newHash: string, at: number, keepSessionId: string | null): Promise<string[]>
  /** The user's access tokens go stale: the next request carries the new name, and finds the session alive. */
  renameUser(id: string, name: string | null, at: number): Promise<void>
  /** The user's access tokens go stale: the next request carries the new role. */
  setRole(id: string, role: string, at: number): Promise<void>
  /** Disabling ends every session; their ids are returned. */
  setDisabled(id: string, disabled: boolean, at: number): Promise<string[]>
  deleteUser(id: string, at: number): Promise<void>
}

/** What has to hold of an account as a session of it begins. */
export interface SessionAccount {
  /** The password that was proved is still the one: nothing begins after the change that was to end everything. */
  readonly passwordChangedAt: number
  /** Sessions that may be alive at once, the new one included: at least 1. */
  readonly mostSessions: number
}

export interface SessionStore {
  /**
   * Begins a session, and ends the least recently seen of the account's others that are more than its limit.
   * @returns the ids of those it ended; null when the account is not as `account` says any more, and nothing was begun
   */
  createSession(session: Session, account?: SessionAccount): Promise<string[] | null>
  findSession(id: string): Promise<SessionWithUser | undefined>
  /** The generation of a session that is alive at `at`, else null. */
  currentGeneration(id: string, at: number): Promise<number | null>
  /** False when somebody else was faster, or the session is no longer alive. */
  rotateSession(rotation: Rotation): Promise<boolean>
  /** Records the first proof that the client holds `generation`; later ones change nothing. */
  confirmSession(id: string, generation: number, at: number): Promise<void>
  /** False when there was nothing to end. */
  endSession(id: string, reason: RevokedReason, at: number): Promise<boolean>
  /** Ends every session of the user but `keepSessionId`; the ids of those that were alive are returned. */
  endSessionsOf(
    userId: string,
    reason: RevokedReason,
    at: number,
    keepSessionId: string | null,
  ): Promise<string[]>
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
  listEvents(limit: number): Promise<AuthEvent[]>
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

/** What has ended or gone stale since the feed was last read. */
export interface ChangeFeed {
  /**
   * Ids of sessions that changed since the last call, or 'everything' when that cannot be told. Synchronous, because
   * it is asked at every request.
   */
  changedSessions(): readonly string[] | 'everything'
}

export interface Store extends AccountStore, SessionStore, ThrottleStore, EventStore, ChangeFeed {
  ping(): Promise<void>
  /** Deletes what nobody will ask for again; returns how many rows went. */
  prune(limits: PruneLimits): Promise<number>
  close(): Promise<void>
}
