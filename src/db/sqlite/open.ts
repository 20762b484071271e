/**
 * Opens the embedded database: sets the pragmas, whose order matters, and applies the migrations.
 */
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import BetterSqlite from 'better-sqlite3'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import { drizzle, migrate } from './drizzle.ts'
import { movedError, movedTo } from './moved.ts'
import { isBusy } from './synchronous.ts'

export const MIGRATIONS = fileURLToPath(new URL('./migrations', import.meta.url))

export interface SqliteConnection {
  readonly driver: BetterSqlite.Database
  readonly db: BetterSQLite3Database
}

export interface SqliteOptions {
  /** `file:` and a path, or `:memory:`. */
  readonly url: string
  /** How long a change waits for another process's lock, in milliseconds. */
  readonly busyTimeoutMs?: number
}

/** The default of `busyTimeoutMs`. */
export const BUSY_TIMEOUT_MS = 5_000

/**
 * The length of the write-ahead log, in pages of 4 KiB, from which on a commit makes a checkpoint.
 * The upkeep thread makes one much earlier: a log of this length means that it has failed.
 */
const AUTOCHECKPOINT_PAGES = 8_000

/** Returns the path of the file, or `:memory:`. */
export const pathOf = (url: string): string => url.replace(/^file:/, '')

/** Opens or creates the database, and migrates its tables. @throws Error if it was moved */
export function openSqlite({ url, busyTimeoutMs = BUSY_TIMEOUT_MS }: SqliteOptions): SqliteConnection {
  const path = pathOf(url)
  if (path !== ':memory:') {
    mkdirSync(dirname(path), { recursive: true })
    // Readable by its owner only: it contains the seeds of sessions. SQLite gives the files beside
    // it the same mode.
    closeSync(openSync(path, 'a', 0o600))
  }

  // The driver sets busy_timeout first: each pragma below may meet another process's lock.
  const driver = new BetterSqlite(path, { timeout: busyTimeoutMs })
  enableWriteAheadLog(driver, busyTimeoutMs)
  driver.pragma('foreign_keys = ON')
  // An answered change must survive a power cut. Group commit makes that cheap under load.
  driver.pragma('synchronous = FULL')
  driver.pragma(`wal_autocheckpoint = ${AUTOCHECKPOINT_PAGES}`)

  refuseMoved(driver)
  const db = drizzle(driver)
  applyMigrations(db)

  return { driver, db }
}

function refuseMoved(driver: BetterSqlite.Database): void {
  const moved = movedTo(driver)
  if (moved === undefined) return
  driver.close()
  throw movedError(moved)
}

const PAUSE_MS = 5

/**
 * Turning on the write-ahead log needs an exclusive lock, for which SQLite ignores busy_timeout.
 * Processes that start together on a new file all try it, so a failure is repeated here.
 */
function enableWriteAheadLog(driver: BetterSqlite.Database, busyTimeoutMs: number): void {
  for (let waitedMs = 0; !tryWriteAheadLog(driver, waitedMs >= busyTimeoutMs); waitedMs += PAUSE_MS) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS)
  }
}

function tryWriteAheadLog(driver: BetterSqlite.Database, isLastChance: boolean): boolean {
  try {
    driver.pragma('journal_mode = WAL')
    return true
  } catch (error) {
    if (isLastChance || !isBusy(error)) throw error
    return false
  }
}

function applyMigrations(db: BetterSQLite3Database): void {
  try {
    migrate(db, { migrationsFolder: MIGRATIONS })
  } catch {
    // Of processes that start together, one creates the tables and the others fail because they
    // exist. The second attempt finds them. A real fault fails again.
    migrate(db, { migrationsFolder: MIGRATIONS })
  }
}
