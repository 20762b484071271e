/**
 * Deletes expired rows, a few at a time. A large DELETE would hold the write lock and delay every
 * sign-in.
 */
import type BetterSqlite from 'better-sqlite3'
import type { PruneLimits } from '../../store/store.ts'

export function createSqlitePrune(driver: BetterSqlite.Database): (limits: PruneLimits) => number {
  const prepareDelete = (table: string, column: string, and = '') =>
    driver.prepare(
      `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE ${column} < ? ${and} ORDER BY ${column} LIMIT ?)`,
    )
  const sessions = prepareDelete('sessions', 'expires_at')
  const throttles = prepareDelete('login_throttles', 'forget_at')
  const events = prepareDelete('auth_events', 'at')
  const mail = prepareDelete('outbox', 'created_at', 'AND next_attempt_at IS NULL')
  const links = ['one_time_tokens', 'registrations', 'address_changes', 'former_addresses'].map((table) =>
    prepareDelete(table, 'expires_at'),
  )
  // The newest entry stays: every process has read up to it, and looks for it the next time.
  const changes = driver.prepare(
    `DELETE FROM session_changes WHERE seq IN (
       SELECT seq FROM session_changes WHERE at < ? AND seq < (SELECT max(seq) FROM session_changes)
       ORDER BY seq LIMIT ?)`,
  )

  // One transaction, so one wait for the disk.
  const step = driver.transaction(
    ({ rows, ...before }: PruneLimits) =>
      sessions.run(before.sessionsBefore, rows).changes +
      throttles.run(before.throttlesBefore, rows).changes +
      events.run(before.eventsBefore, rows).changes +
      mail.run(before.mailBefore, rows).changes +
      links.reduce((sum, each) => sum + each.run(before.oneTimeTokensBefore, rows).changes, 0) +
      changes.run(before.changesBefore, rows).changes,
  )
  return (limits) => step.immediate(limits)
}
