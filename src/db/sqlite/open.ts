/**
 * Opening the embedded database: pragmas in the order that matters, then migrations.
 */
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import BetterSqlite from 'better-sqlite3'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import { drizzle, migrate } from './drizzle.ts'
import { isBusy } from './synchronous.ts'

const MIGRATIONS = fileURLToPath(new URL('./migrations', import.meta.url))

export interface SqliteConnection {
  readonly driver: BetterSqlite.Database
  readonly db: BetterSQLite3Database
}

export interface SqliteOptions {
  /** `file:` and a path, or `:memory:`. */
  readonly url: string
  /** How long a change waits for another process's write, in milliseconds. */
  readonly busyTimeoutMs?: number
}

export const BUSY_TIMEOUT_MS = 5_000

/** The length of the log, in pages of 4 KiB, from which on a commit shortens it, as nobody else has. */
const LONG_LOG_PAGES = 8_000

/** Where the file is, or `:memory:`. */
export const pathOf = (url: string): string => url.replace(/^file:/, '')

/** Opens or creates the database, and brings its tables up to date. */
export function openSqlite({ url, busyTimeoutMs = BUSY_TIMEOUT_MS }: SqliteOptions): SqliteConnection {
  const path = pathOf(url)
  if (path !== ':memory:') {
    mkdirSync(dirname(path), { recursive: true })
    // Its owner's alone: it holds what sessions are made of. The files beside it take over its mode.
    closeSync(openSync(path, 'a', 0o600))
  }

  // The driver sets busy_timeout as it opens: every pragma below may already meet another process's lock.
  const driver = new BetterSqlite(path, { timeout: busyTimeoutMs })
  keepWriteAheadLog(driver, busyTimeoutMs)
  driver.pragma('foreign_keys = ON')
  // What was answered must survive a power cut. Group commit makes that cheap where there is much to write.
  driver.pragma('synchronous = FULL')
  driver.pragma(`wal_autocheckpoint = ${LONG_LOG_PAGES}`)

  const db = drizzle(driver)
  applyMigrations(db)

  return { driver, db }
}

const PAUSE_MS = 5

/**
 * The change to a write-ahead log takes the whole file at once and fails where it cannot, whatever busy_timeout says.
 * Processes that start together on a new file all want to make it.
 */
function keepWriteAheadLog(driver: BetterSqlite.Database, busyTimeoutMs: number): void {
  for (let waitedMs = 0; !turnsOnLog(driver, waitedMs >= busyTimeoutMs); waitedMs += PAUSE_MS) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS)
  }
}

function turnsOnLog(driver: BetterSqlite.Database, isLastChance: boolean): boolean {
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
    // Processes that start together all find the tables missing; one creates them, in one transaction, and the
    // others fail on what now exists. Looking again settles it; a real fault fails again.
    migrate(db, { migrationsFolder: MIGRATIONS })
  }
}
