import { join } from 'node:path'
import BetterSqlite from 'better-sqlite3'
import type { Teardown } from './app.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/**
 * A database file of the test's own. Call it before the service opens the file, so that the service
 * closes first.
 */
export const temporaryDatabase = (t: Teardown): string => join(temporaryDirectory(t), 'tacit.db')

export type Rows = Record<string, readonly unknown[]>

/** The tables that a failed sign-in may change. */
const COUNTED = new Set(['auth_events', 'login_throttles'])

/** Every row of every table, seen from outside. @param skip tables to leave out */
export function snapshot(path: string, skip: ReadonlySet<string> = COUNTED): Rows {
  const database = new BetterSqlite(path, { readonly: true })
  try {
    const tables = database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      .pluck()
      .all() as string[]
    return Object.fromEntries(
      tables
        .filter((table) => !skip.has(table))
        .map((table) => [table, database.prepare(`SELECT * FROM "${table}" ORDER BY rowid`).all()]),
    )
  } finally {
    database.close()
  }
}
