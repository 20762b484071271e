/**
 * The Store on SQLite: embedded, one file, several processes side by side.
 */
import type { PruneLimits, Store } from '../store.ts'
import { createEndMany, createSqliteAccounts } from './accounts.ts'
import { createSqliteChanges } from './changes.ts'
import { createSqliteEvents } from './events.ts'
import { createGroupCommit } from './group-commit.ts'
import { BUSY_TIMEOUT_MS, openSqlite, type SqliteConnection, type SqliteOptions } from './open.ts'
import { createSqlitePrune } from './prune.ts'
import { type OpenStore, reopening } from './reopening.ts'
import { createSqliteSessions } from './sessions.ts'
import { createSqliteSigningKeys } from './signing-keys.ts'
import { asStoreError, asynchronous, isBusy } from './synchronous.ts'
import { createSqliteThrottles } from './throttles.ts'

/** What need not be done now, or must be answered soon, waits no longer than this for another process. */
const BRIEF_WAIT_MS = 100

export const createSqliteStore = (options: SqliteOptions): Store => reopening(options, openStore)

function openStore(options: SqliteOptions): OpenStore {
  const connection = openSqlite(options)
  const { driver } = connection
  const changes = createSqliteChanges(connection)
  const endMany = createEndMany(connection, changes)
  const throttles = createSqliteThrottles(connection)
  const events = createSqliteEvents(connection)
  const sessions = createSqliteSessions(connection, changes, endMany, { ...throttles, ...events })
  const prune = createSqlitePrune(connection)
  const one = driver.prepare('SELECT 1 FROM users LIMIT 1')

  let outage = false
  const onOutage = () => {
    outage = true
  }
  const patient = { waitMs: options.busyTimeoutMs ?? BUSY_TIMEOUT_MS, onOutage }
  const brief = { waitMs: BRIEF_WAIT_MS, onOutage }
  const together = createGroupCommit(driver, patient)
  const confirmTogether = createGroupCommit(driver, brief)
  // Up to here the driver waits for other processes. From here on it does not: see synchronous.ts.
  driver.pragma('busy_timeout = 0')

  const store: Store = {
    ...asynchronous(createSqliteAccounts(connection, changes, endMany), patient),
    ...asynchronous(sessions, patient),
    ...asynchronous(throttles, patient),
    ...asynchronous(events, patient),
    ...asynchronous(createSqliteSigningKeys(connection, events), patient),
    // What a busy service does all the time.
    createSession: (...beginning) => together(() => sessions.createSession(...beginning)),
    rotateSession: (rotation) => together(() => sessions.rotateSession(rotation)),
    confirmSession: (...proof) => confirmTogether(() => sessions.confirmSession(...proof)),
    countAttempt: (attempt) => together(() => throttles.countAttempt(attempt)),
    addEvent: (event) => together(() => events.addEvent(event)),
    ...asynchronous<Pick<Store, 'prune' | 'close'>>(
      {
        prune: (limits: PruneLimits) => prune(limits),
        close: () => void driver.close(),
      },
      patient,
    ),
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
  return { store, isOpen: () => driver.open }
}

/** Needs a page of its own, as a new row may: on a full disk, changing what is there can still succeed. */
function writeAndTakeBack(driver: SqliteConnection['driver']): void {
  driver.transaction(() => driver.exec('CREATE TABLE written (x); DROP TABLE written')).immediate()
}
