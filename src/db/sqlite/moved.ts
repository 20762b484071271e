/**
 * The mark of a database whose rows were moved to a server: see db/move/. No process opens such a
 * database again, because the two would have different sessions from then on.
 *
 * The mark is a table of its own and no column of another one, so that reading it needs no
 * migration.
 */
import type BetterSqlite from 'better-sqlite3'

export interface Moved {
  /** The server's database, as the move names it. */
  readonly target: string
  /** Its URL without the password. */
  readonly url: string
  /** In milliseconds since the Unix epoch. */
  readonly at: number
}

/** Returns where the database was moved to, or undefined if it was not moved. */
export function movedTo(driver: BetterSqlite.Database): Moved | undefined {
  const hasMark = driver.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'moved'")
  if (hasMark.get() === undefined) return undefined
  return driver.prepare<[], Moved>('SELECT target, url, at FROM moved').get()
}

export function markMoved(driver: BetterSqlite.Database, { target, url, at }: Moved): void {
  driver
    .transaction(() => {
      driver.exec(
        'CREATE TABLE IF NOT EXISTS moved (target TEXT NOT NULL, url TEXT NOT NULL, at INTEGER NOT NULL)',
      )
      driver.exec('DELETE FROM moved')
      driver.prepare('INSERT INTO moved (target, url, at) VALUES (?, ?, ?)').run(target, url, at)
    })
    .immediate()
}

export const movedError = ({ url, at }: Moved): Error =>
  new Error(
    `its rows were moved to ${url} on ${new Date(at).toISOString()}. Set DATABASE_URL to that database`,
  )
