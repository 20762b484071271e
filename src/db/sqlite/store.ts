/**
 * The Store on SQLite: embedded, one file, shared by several processes of one machine.
 */
import { randomUUID } from 'node:crypto'
import type { OutboxStore } from '../../store/outbox.ts'
import type { Store } from '../../store/store.ts'
import { createEndSessionsOfUser, createSqliteAccounts } from './accounts.ts'
import { createSqliteAddressChanges } from './address-changes.ts'
import { createChangePlaces } from './change-places.ts'
import { createChangeWatch } from './change-watch.ts'
import { createSqliteChanges } from './changes.ts'
import { createSqliteClients } from './clients.ts'
import { createDatabaseFile, identityOf, nameOfFile, withFileCheck } from './database-file.ts'
import { createSqliteEvents } from './events.ts'
import { createGroupCommit } from './group-commit.ts'
import { createSqliteKeyPairs } from './key-pairs.ts'
import { createSqliteOneTimeTokens } from './one-time-tokens.ts'
import { BUSY_TIMEOUT_MS, openSqlite, pathOf, type SqliteConnection, type SqliteOptions } from './open.ts'
import { createSqliteOutbox } from './outbox.ts'
import { createSqlitePrune } from './prune.ts'
import { createSqliteRegistrations } from './registrations.ts'
import { createSqliteSessions } from './sessions.ts'
import { createSqliteSigningKeys } from './signing-keys.ts'
import { asStoreError, asynchronous, isBusy, reported } from './synchronous.ts'
import { createSqliteThrottles } from './throttles.ts'
import { createUpkeep, type Upkeep } from './upkeep.ts'

const MEMORY = ':memory:'

/** For changes that may fail, and for `ping`, which has to answer soon. */
const BRIEF_WAIT_MS = 100

/**
 * Opens the store and migrates its tables.
 * @throws Error of the driver or of the file system if the database cannot be opened
 */
export function createSqliteStore(options: SqliteOptions): Store {
  const store = openStore(options)
  const path = pathOf(options.url)
  return path === MEMORY ? store : withFileCheck(store, createDatabaseFile(path, identityOf(path)))
}

function openStore(options: SqliteOptions): Store {
  const connection = openSqlite(options)
  const { driver } = connection
  const watch = createChangeWatch(connection)
  const changes = createSqliteChanges(connection, watch.added)
  const changesAfter = createChangePlaces(connection, nameOfDatabase(pathOf(options.url)))
  const endSessionsOfUser = createEndSessionsOfUser(connection, changes)
  const throttles = createSqliteThrottles(connection)
  const events = createSqliteEvents(connection, changes.eventAdded)
  const outbox = createSqliteOutbox(connection, events)
  const { addAll: _addAll, hasRoom: _hasRoom, ...outboxMethods } = outbox
  const effects = { ...throttles, ...events, ...outbox, endSessionsOfUser }
  const sessions = createSqliteSessions(connection, changes, endSessionsOfUser, effects)
  const upkeep = upkeepOf(options, driver)
  const readRow = driver.prepare('SELECT 1 FROM users LIMIT 1')

  let outage = false
  const onOutage = () => {
    outage = true
  }
  const longRetry = { maxWaitMs: options.busyTimeoutMs ?? BUSY_TIMEOUT_MS, onOutage }
  const briefRetry = { maxWaitMs: BRIEF_WAIT_MS, onOutage }
  const groupCommit = createGroupCommit(driver, longRetry, upkeep.committed)
  const briefGroupCommit = createGroupCommit(driver, briefRetry, upkeep.committed)
  // From here on the driver does not wait for other processes: synchronous.ts repeats the call.
  driver.pragma('busy_timeout = 0')

  return {
    ...asynchronous(createSqliteAccounts(connection, changes, endSessionsOfUser, effects), longRetry),
    ...asynchronous<OutboxStore>(outboxMethods, longRetry),
    ...asynchronous(createSqliteOneTimeTokens(connection, changes, effects), longRetry),
    ...asynchronous(createSqliteRegistrations(connection, effects), longRetry),
    ...asynchronous(createSqliteAddressChanges(connection, changes, effects), longRetry),
    ...asynchronous(sessions, longRetry),
    ...asynchronous(throttles, longRetry),
    ...asynchronous(events, longRetry),
    ...asynchronous(createSqliteSigningKeys(connection, events), longRetry),
    ...asynchronous(createSqliteKeyPairs(connection, events), longRetry),
    ...asynchronous(createSqliteClients(connection), longRetry),
    // The frequent changes.
    createSession: (...beginning) => groupCommit(() => sessions.createSession(...beginning)),
    rotateSession: (rotation) => groupCommit(() => sessions.rotateSession(rotation)),
    reissueSession: (reissue) => groupCommit(() => sessions.reissueSession(reissue)),
    markUsed: (...use) => briefGroupCommit(() => sessions.markUsed(...use)),
    confirmSession: (...proof) => briefGroupCommit(() => sessions.confirmSession(...proof)),
    countAttempt: (attempt) => groupCommit(() => throttles.countAttempt(attempt)),
    addEvent: (event) => groupCommit(() => events.addEvent(event)),
    async prune(limits) {
      try {
        return await upkeep.prune(limits)
      } catch (error) {
        throw reported(error, longRetry)
      }
    },
    async close() {
      // The last connection to close makes the final checkpoint.
      await upkeep.close()
      driver.close()
    },
    ...asynchronous<Pick<Store, 'ping'>>(
      {
        ping() {
          readRow.get()
          // Reading may work while writing does not. After a failure, only a write proves recovery.
          if (outage) tryWrite(driver)
          outage = false
        },
      },
      briefRetry,
    ),
    changedSessions() {
      try {
        return changes.changedSessions()
      } catch (error) {
        // While another process recovers the log after a crash, the changes are unknown.
        if (isBusy(error)) return 'everything'
        throw asStoreError(error)
      }
    },
    ...asynchronous<Pick<Store, 'changesAfter'>>({ changesAfter }, longRetry),
    watchChanges: watch.watchChanges,
  }
}

const nameOfDatabase = (path: string): string =>
  path === MEMORY ? randomUUID() : nameOfFile(identityOf(path))

/** A database in memory has no other connection and no write-ahead log. */
function upkeepOf({ url }: SqliteOptions, driver: SqliteConnection['driver']): Upkeep {
  const path = pathOf(url)
  if (path !== MEMORY) return createUpkeep(path)
  const prune = createSqlitePrune(driver)
  return { prune: async (limits) => prune(limits), committed() {}, close: async () => {} }
}

/** Creates a table, which needs a new page: on a full disk, an UPDATE can still succeed. */
function tryWrite(driver: SqliteConnection['driver']): void {
  driver.transaction(() => driver.exec('CREATE TABLE written (x); DROP TABLE written')).immediate()
}
