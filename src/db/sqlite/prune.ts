/**
 * Deleting what has run out, a few rows at a time: a large DELETE would hold the write lock, and with it every
 * sign-in, for as long as it takes.
 */
import type BetterSqlite from 'better-sqlite3'
import type { PruneLimits } from '../../store/store.ts'

export function createSqlitePrune(driver: BetterSqlite.Database): (limits: PruneLimits) => number {
  const sweep = (table: string, column: string) =>
    driver.prepare(
      `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE ${column} < ? ORDER BY ${column} LIMIT ?)`,
    )
  const sessions = sweep('sessions', 'expires_at')
  const throttles = sweep('login_throttles', 'forget_at')
  const events = sweep('auth_events', 'at')
  // The newest entry always stays: it is the place that every process has read up to.
  const changes = driver.prepare(
    `DELETE FROM session_changes WHERE seq IN (
       SELECT seq FROM session_changes WHERE at < ? AND seq < (SELECT max(seq) FROM session_changes)
       ORDER BY seq LIMIT ?)`,
  )

  // One transaction, and so one wait for the disk.
  const step = driver.transaction(
    ({ rows, sessionsBefore, throttlesBefore, eventsBefore, changesBefore }: PruneLimits) =>
      sessions.run(sessionsBefore, rows).changes +
      throttles.run(throttlesBefore, rows).changes +
      events.run(eventsBefore, rows).changes +
      changes.run(changesBefore, rows).changes,
  )
  return (limits) => step.immediate(limits)
}
