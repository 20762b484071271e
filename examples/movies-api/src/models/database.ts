import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import Sqlite from 'better-sqlite3'
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3'
import { migrate } from 'drizzle-orm/better-sqlite3/migrator'

const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url))
const BUSY_TIMEOUT_MS = 5_000

export interface Database {
  readonly db: BetterSQLite3Database
  close(): void
}

/**
 * Opens or creates the database, and migrates its tables.
 * @param file a path, or `:memory:`
 */
export function openDatabase(file: string): Database {
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true })
  const driver = new Sqlite(file, { timeout: BUSY_TIMEOUT_MS })
  driver.pragma('journal_mode = WAL')
  const db = drizzle(driver)
  migrate(db, { migrationsFolder: MIGRATIONS })
  return { db, close: () => driver.close() }
}
