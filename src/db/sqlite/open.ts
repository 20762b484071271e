/**
 * Opening the embedded database: pragmas in the order that matters, then migrations.
 */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import BetterSqlite from 'better-sqlite3'
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3'
import { migrate } from 'drizzle-orm/better-sqlite3/migrator'

const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url))

export interface SqliteConnection {
  readonly driver: BetterSqlite.Database
  readonly db: BetterSQLite3Database
  /** Runs a change so that it has reached the disk when this returns. */
  durably<Result>(change: () => Result): Result
}

export interface SqliteOptions {
  /** `file:` and a path, or `:memory:`. */
  readonly url: string
  /** How long a statement waits for another process's write, in milliseconds. */
  readonly busyTimeoutMs?: number
}

/** Opens or creates the database, and brings its tables up to date. */
export function openSqlite({ url, busyTimeoutMs = 5_000 }: SqliteOptions): SqliteConnection {
  const path = url.replace(/^file:/, '')
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true })

  // The driver sets busy_timeout as it opens: every pragma below may already meet another process's lock.
  const driver = new BetterSqlite(path, { timeout: busyTimeoutMs })
  driver.pragma('journal_mode = WAL')
  driver.pragma('foreign_keys = ON')
  driver.pragma('synchronous = NORMAL')

  const db = drizzle(driver)
  applyMigrations(db)

  const setFull = driver.prepare('PRAGMA synchronous = FULL')
  const setNormal = driver.prepare('PRAGMA synchronous = NORMAL')
  return {
    driver,
    db,
    durably(change) {
      setFull.run()
      try {
        return change()
      } finally {
        setNormal.run()
      }
    },
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
