/**
 * The contract of a database.
 *
 * Each method is one atomic statement or transaction. Callers need no locks. After a crash, a
 * change is there as a whole or not at all.
 * Methods reject with AuthError STORE_UNAVAILABLE if the database is busy, full, read-only or gone.
 * Times are milliseconds since the Unix epoch.
 */
import type { AddressChangeStore } from './address-changes.ts'
import type { ChangeFeed, ResumableFeed } from './changes.ts'
import type { ClientStore } from './clients.ts'
import type { EventStore } from './events.ts'
import type { KeyPairStore, SigningKeyStore } from './keys.ts'
import type { OneTimeTokenStore } from './one-time-tokens.ts'
import type { OutboxStore } from './outbox.ts'
import type { RegistrationStore } from './registrations.ts'
import type { SessionStore } from './sessions.ts'
import type { ThrottleStore } from './throttles.ts'
import type { AccountStore } from './users.ts'

/** Which rows `prune` deletes. */
export interface PruneLimits {
  /** Deletes sessions whose hard limit is before this time, revoked ones included. */
  readonly sessionsBefore: number
  /** Deletes entries of the change feed that are older than this time. */
  readonly changesBefore: number
  /** Deletes counts of failures whose `forgetAt` is before this time. */
  readonly throttlesBefore: number
  /** Deletes events that are older than this time. */
  readonly eventsBefore: number
  /** Deletes mail that is older than this time and is sent or given up. */
  readonly mailBefore: number
  /** Deletes links whose expiry is before this time: one-time tokens, registrations, those of addresses. */
  readonly oneTimeTokensBefore: number
  /** Maximum number of rows of each table in one call: the fewer, the shorter requests wait. */
  readonly rows: number
}

/** Everything that the service asks of a database. */
export interface Store
  extends AccountStore,
    SessionStore,
    ThrottleStore,
    EventStore,
    SigningKeyStore,
    KeyPairStore,
    ClientStore,
    OutboxStore,
    OneTimeTokenStore,
    RegistrationStore,
    AddressChangeStore,
    ChangeFeed,
    ResumableFeed {
  /** Resolves if the database answers. */
  ping(): Promise<void>
  /** Deletes rows that are past the limits. Returns the number of deleted rows. */
  prune(limits: PruneLimits): Promise<number>
  /** Closes the database. Methods reject afterwards. */
  close(): Promise<void>
}
