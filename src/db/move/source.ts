/**
 * The database that rows are moved from: SQLite, which no other process uses meanwhile.
 *
 * SQLite keeps a lock on the file for each process that has it open, also between its changes. The
 * exclusive lock is refused while there is another process, and refuses others until it is given
 * back.
 */
import { existsSync } from 'node:fs'
import BetterSqlite from 'better-sqlite3'
import { databaseFile } from '../database-url.ts'
import { readMigrationFiles } from '../postgres/drizzle.ts'
import { identityOf, nameOfFile } from '../sqlite/database-file.ts'
import { type Moved, markMoved, movedTo } from '../sqlite/moved.ts'
import { MIGRATIONS } from '../sqlite/open.ts'
import { isBusy } from '../sqlite/synchronous.ts'
import { MOVED_TABLES, type MovedTable } from './moved-tables.ts'

export interface SourceRows {
  /** The rows in the order of their numbers, as the target takes them. */
  readonly rows: readonly (readonly unknown[])[]
  /** The number of the last row; NaN if there is none. */
  readonly last: number
}

export interface Source {
  /** Another file has another name. */
  readonly name: string
  readonly moved: Moved | undefined
  countOf(table: MovedTable): number
  /** The highest number that the table has given to a row, also if the row is gone. */
  highestOf(table: MovedTable): number
  /** Returns some rows after the one with this number, up to another one; none at the end. */
  rowsAfter(table: MovedTable, after: number, limit: number, upTo?: number): SourceRows
  markMoved(moved: Moved): void
  close(): void
}

/** @throws Error with a sentence if the database cannot be moved */
export function openSource(url: string): Source {
  const path = databaseFile(url)
  if (path === undefined) throw new Error(`--from takes file: and a path, such as file:./data/tacit.db`)
  if (!existsSync(path)) throw new Error(`There is no database ${url}`)
  const driver = new BetterSqlite(path, { fileMustExist: true, timeout: 0 })
  try {
    lockExclusively(driver, url)
    checkVersion(driver, url)
    return sourceOf(driver, nameOfFile(identityOf(path)))
  } catch (error) {
    driver.close()
    throw error
  }
}

function sourceOf(driver: BetterSqlite.Database, name: string): Source {
  const number = (sql: string, ...values: unknown[]) =>
    driver
      .prepare(sql)
      .pluck()
      .get(...values) as number
  const reading = new Map(MOVED_TABLES.map((table) => [table, driver.prepare(readingOf(table)).raw()]))
  return {
    name,
    moved: movedTo(driver),
    countOf: (table) => number(`SELECT count(*) FROM ${table.name}`),
    highestOf: (table) =>
      number(
        `SELECT max(coalesce((SELECT max(rowid) FROM ${table.name}), 0),
          coalesce((SELECT seq FROM sqlite_sequence WHERE name = ?), 0))`,
        table.name,
      ),
    rowsAfter(table, after, limit, upTo = Number.MAX_SAFE_INTEGER) {
      const stored = reading.get(table)?.all(after, upTo, limit) as unknown[][]
      return {
        rows: stored.map(([, ...values]) =>
          values.map((value, index) => table.columns[index]?.convert(value)),
        ),
        last: Number(stored.at(-1)?.[0]),
      }
    },
    markMoved: (moved) => markMoved(driver, moved),
    close: () => driver.close(),
  }
}

function readingOf({ name, columns }: MovedTable): string {
  const selected = columns.map(({ source }) => source).join(', ')
  return `SELECT rowid, ${selected} FROM ${name} WHERE rowid > ? AND rowid <= ? ORDER BY rowid LIMIT ?`
}

function lockExclusively(driver: BetterSqlite.Database, url: string): void {
  try {
    driver.pragma('locking_mode = EXCLUSIVE')
    driver.exec('BEGIN EXCLUSIVE; COMMIT')
  } catch (error) {
    if (!isBusy(error)) throw new Error(`The database ${url} cannot be read: ${(error as Error).message}`)
    throw new Error(
      `Another process uses ${url}. Stop the service and every command first: changes that it made after the copy would be lost`,
    )
  }
  driver.pragma('synchronous = FULL')
}

function checkVersion(driver: BetterSqlite.Database, url: string): void {
  const hasHistory = driver.prepare("SELECT 1 FROM sqlite_schema WHERE name = '__drizzle_migrations'")
  if (hasHistory.get() === undefined) throw new Error(`${url} is no database of Tacit`)
  const last = driver.prepare('SELECT max(created_at) FROM __drizzle_migrations').pluck().get() as number
  const own = readMigrationFiles({ migrationsFolder: MIGRATIONS }).at(-1)?.folderMillis as number
  if (last > own) throw new Error(`${url} was made by a newer version of Tacit. Move it with that version`)
  if (last < own)
    throw new Error(`${url} has the tables of an older version. Run \`tacit migrate\` on it first`)
}
