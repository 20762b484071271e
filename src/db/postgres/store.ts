/**
 * The Store on PostgreSQL: for services on more than one machine.
 */
import type { Store } from '../../store/store.ts'
import { createPostgresAccounts } from './accounts.ts'
import { createPostgresAddressChanges } from './address-changes.ts'
import { createChangePages } from './change-pages.ts'
import { type ReaderOptions, startChangeReader } from './change-reader.ts'
import { createPostgresChanges } from './changes.ts'
import { createPostgresClients } from './clients.ts'
import { createConnections } from './connections.ts'
import { db, sql } from './drizzle.ts'
import { createEndings } from './endings.ts'
import { createPostgresEvents } from './events.ts'
import { createPostgresKeyPairs } from './key-pairs.ts'
import { migrate } from './migrate.ts'
import { createPostgresOneTimeTokens } from './one-time-tokens.ts'
import { createPostgresOutbox } from './outbox.ts'
import { prunePostgres } from './prune.ts'
import { createPostgresRegistrations } from './registrations.ts'
import type { PostgresOptions } from './session.ts'
import { createPostgresSessions } from './sessions.ts'
import { createPostgresSigningKeys } from './signing-keys.ts'
import { prepare } from './statements.ts'
import { users } from './tables.ts'
import { createPostgresThrottles } from './throttles.ts'

export interface PostgresStoreOptions extends PostgresOptions, Pick<ReaderOptions, 'listen' | 'readEveryMs'> {
  /** How old the knowledge of the change feed may be: see changes.ts. In milliseconds. */
  readonly feedMaxLagMs: number
}

export interface PostgresStore extends Store {
  /** Resolves when `changedSessions` knows every change that was committed before the call. */
  readChanges(): Promise<void>
}

/** Changes nothing. The server refuses it where it refuses changes. */
const tryWrite = prepare(db.update(users).set({ name: null }).where(sql`false`), {})

/**
 * Connects to the server and migrates the tables.
 * @throws Error of the driver if that fails
 */
export async function createPostgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  await migrate(options)
  const { feedMaxLagMs } = options
  const changes = createPostgresChanges({ maxLagMs: feedMaxLagMs })
  const reader = await startChangeReader({ ...options, changes, maxLagMs: feedMaxLagMs })
  const connections = createConnections(options)
  const endings = createEndings(changes)
  const changesAfter = createChangePages(connections)

  return {
    ...createPostgresAccounts(connections, changes, endings),
    ...createPostgresSessions(connections, changes, endings),
    ...createPostgresThrottles(connections),
    ...createPostgresEvents(connections),
    ...createPostgresSigningKeys(connections),
    ...createPostgresKeyPairs(connections),
    ...createPostgresClients(connections),
    ...createPostgresOutbox(connections),
    ...createPostgresOneTimeTokens(connections, changes, endings),
    ...createPostgresRegistrations(connections),
    ...createPostgresAddressChanges(connections, changes, endings),
    changedSessions: changes.changedSessions,
    changesAfter,
    watchChanges: changes.watchChanges,
    readChanges: reader.readNow,
    ping: async () => void (await connections.run(tryWrite)),
    prune: (limits) => prunePostgres(connections, limits),
    async close() {
      await reader.close()
      await connections.close()
    },
  }
}
