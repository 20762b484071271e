/**
 * The Store on SQLite: embedded, one file, several processes side by side.
 */
import type { Store } from '../../store/store.ts'
import { createEndMany, createSqliteAccounts } from './accounts.ts'
import { createSqliteChanges } from './changes.ts'
import { createDatabaseFile, identityOf, whileFileStands } from './database-file.ts'
import { createSqliteEvents } from './events.ts'
import { createGroupCommit } from './group-commit.ts'
import { BUSY_TIMEOUT_MS, openSqlite, pathOf, type SqliteConnection, type SqliteOptions } from './open.ts'
import { createSqlitePrune } from './prune.ts'
import { createSqliteSessions } from './sessions.ts'
import { createSqliteSigningKeys } from './signing-keys.ts'
import { asStoreError, asynchronous, isBusy, reported } from './synchronous.ts'
import { createSqliteThrottles } from './throttles.ts'
import { createUpkeep, type Upkeep } from './upkeep.ts'

const MEMORY = ':memory:'

/** What need not be done now, or must be answered soon, waits no longer than this for another process. */
const BRIEF_WAIT_MS = 100

export function createSqliteStore(options: SqliteOptions): Store {
  const store = openStore(options)
  const path = pathOf(options.url)
  return path === MEMORY ? store : whileFileStands(store, createDatabaseFile(path, identityOf(path)))
}

function openStore(options: SqliteOptions): Store {
  const connection = openSqlite(options)
  const { driver } = connection
  const changes = createSqliteChanges(connection)
  const endMany = createEndMany(connection, changes)
  const throttles = createSqliteThrottles(connection)
  const events = createSqliteEvents(connection, changes.eventAdded)
  const sessions = createSqliteSessions(connection, changes, endMany, { ...throttles, ...events })
  const upkeep = upkeepOf(options, driver)
  const one = driver.prepare('SELECT 1 FROM users LIMIT 1')

  let outage = false
  const onOutage = () => {
    outage = true
  }
  const patient = { waitMs: options.busyTimeoutMs ?? BUSY_TIMEOUT_MS, onOutage }
  const brief = { waitMs: BRIEF_WAIT_MS, onOutage }
  const together = createGroupCommit(driver, patient, upkeep.committed)
  const confirmTogether = createGroupCommit(driver, brief, upkeep.committed)
  // Up to here the driver waits for other processes. From here on it does not: see synchronous.ts.
  driver.pragma('busy_timeout = 0')

  return {
    ...asynchronous(createSqliteAccounts(connection, changes, endMany, throttles.clearFailures), patient),
    ...asynchronous(sessions, patient),
    ...asynchronous(throttles, patient),
    ...asynchronous(events, patient),
    ...asynchronous(createSqliteSigningKeys(connection, events), patient),
    // What a busy service does all the time.
    createSession: (...beginning) => together(() => sessions.createSession(...beginning)),
    rotateSession: (rotation) => together(() => sessions.rotateSession(rotation)),
    reissueSession: (reissue) => together(() => sessions.reissueSession(reissue)),
    markUsed: (...use) => confirmTogether(() => sessions.markUsed(...use)),
    confirmSession: (...proof) => confirmTogether(() => sessions.confirmSession(...proof)),
    countAttempt: (attempt) => together(() => throttles.countAttempt(attempt)),
    addEvent: (event) => together(() => events.addEvent(event)),
    async prune(limits) {
      try {
        return await upkeep.prune(limits)
      } catch (error) {
        throw reported(error, patient)
      }
    },
    async close() {
      // The last to close the file puts it in order.
      await upkeep.close()
      driver.close()
    },
    ...asynchronous<Pick<Store, 'ping'>>(
      {
        ping() {
          one.get()
          // Reading may go well while writing does not: once something has failed, only a write shows that all is well.
          if (outage) writeAndTakeBack(driver)
          outage = false
        },
      },
      brief,
    ),
    changedSessions() {
      try {
        return changes.changedSessions()
      } catch (error) {
        // For a moment, while another process puts the log in order after a crash: what has changed cannot be told.
        if (isBusy(error)) return 'everything'
        throw asStoreError(error)
      }
    },
  }
}

/** A database in memory is nobody else's, and has no log. */
function upkeepOf({ url }: SqliteOptions, driver: SqliteConnection['driver']): Upkeep {
  const path = pathOf(url)
  if (path !== MEMORY) return createUpkeep(path)
  const prune = createSqlitePrune(driver)
  return { prune: async (limits) => prune(limits), committed() {}, close: async () => {} }
}

/** Needs a page of its own, as a new row may: on a full disk, changing what is there can still succeed. */
function writeAndTakeBack(driver: SqliteConnection['driver']): void {
  driver.transaction(() => driver.exec('CREATE TABLE written (x); DROP TABLE written')).immediate()
}
