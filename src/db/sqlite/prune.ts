/**
 * Deletes expired rows, a few at a time. A large DELETE would hold the write lock and delay every
 * sign-in.
 */
import type BetterSqlite from 'better-sqlite3'
import type { PruneLimits } from '../../store/store.ts'

export function createSqlitePrune(driver: BetterSqlite.Database): (limits: PruneLimits) => number {
  const prepareDelete = (table: string, column: string) =>
    driver.prepare(
      `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE ${column} < ? ORDER BY ${column} LIMIT ?)`,
    )
  const sessions = prepareDelete('sessions', 'expires_at')
  const throttles = prepareDelete('login_throttles', 'forget_at')
  const events = prepareDelete('auth_events', 'at')
  // The newest entry stays: every process has read up to it, and looks for it the next time.
  const changes = driver.prepare(
    `DELETE FROM session_changes WHERE seq IN (
       SELECT seq FROM session_changes WHERE at < ? AND seq < (SELECT max(seq) FROM session_changes)
       ORDER BY seq LIMIT ?)`,
  )

  // One transaction, so one wait for the disk.
  const step = driver.transaction(
    ({ rows, sessionsBefore, throttlesBefore, eventsBefore, changesBefore }: PruneLimits) =>
      sessions.run(sessionsBefore, rows).changes +
      throttles.run(throttlesBefore, rows).changes +
      events.run(eventsBefore, rows).changes +
      changes.run(changesBefore, rows).changes,
  )
  return (limits) => step.immediate(limits)
}
