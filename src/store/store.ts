/**
 * What the service asks of a database. Each method is one atomic statement or transaction: a caller needs no locks, and a
 * crash leaves all of a change or none of it.
 *
 * Methods reject with AuthError STORE_UNAVAILABLE when the database is busy, full, read-only or gone.
 * Times are milliseconds since the Unix epoch.
 */
import type { ChangeFeed } from './changes.ts'
import type { EventStore } from './events.ts'
import type { SigningKeyStore } from './keys.ts'
import type { SessionStore } from './sessions.ts'
import type { ThrottleStore } from './throttles.ts'
import type { AccountStore } from './users.ts'

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
