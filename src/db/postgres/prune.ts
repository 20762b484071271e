/** Deletes expired rows, a few at a time, and none that another node is deleting. */
import type { PruneLimits } from '../../store/store.ts'
import { sql } from './drizzle.ts'
import { prepareRaw, rawQuery } from './statements.ts'
import type { Executor } from './transactions.ts'

const expired = (table: string, column: string, limit: string, alsoIf = '') =>
  sql`DELETE FROM ${sql.identifier(table)} WHERE ctid IN (
    SELECT ctid FROM ${sql.identifier(table)}
    WHERE ${sql.identifier(column)} < ${sql.placeholder(limit)} ${sql.raw(alsoIf)}
    ORDER BY ${sql.identifier(column)} LIMIT ${sql.placeholder('rows')} FOR UPDATE SKIP LOCKED
  ) RETURNING 1`

// One statement, so one wait for the disk. The newest change stays: every node has read up to it,
// and looks for it the next time.
const step = prepareRaw(
  rawQuery(sql`WITH a AS (${expired('sessions', 'expires_at', 'sessionsBefore')}),
    b AS (${expired('login_throttles', 'forget_at', 'throttlesBefore')}),
    c AS (${expired('auth_events', 'at', 'eventsBefore')}),
    e AS (${expired('outbox', 'created_at', 'mailBefore', 'AND next_attempt_at IS NULL')}),
    f AS (${expired('one_time_tokens', 'expires_at', 'oneTimeTokensBefore')}),
    g AS (${expired('registrations', 'expires_at', 'oneTimeTokensBefore')}),
    h AS (${expired('address_changes', 'expires_at', 'oneTimeTokensBefore')}),
    i AS (${expired('former_addresses', 'expires_at', 'oneTimeTokensBefore')}),
    d AS (${expired('session_changes', 'at', 'changesBefore', 'AND seq < (SELECT max(seq) FROM session_changes)')})
  SELECT (SELECT count(*) FROM a) + (SELECT count(*) FROM b) + (SELECT count(*) FROM c) + (SELECT count(*) FROM d)
    + (SELECT count(*) FROM e) + (SELECT count(*) FROM f) + (SELECT count(*) FROM g)
    + (SELECT count(*) FROM h) + (SELECT count(*) FROM i)`),
)

export async function prunePostgres(executor: Executor, limits: PruneLimits): Promise<number> {
  const counted = await executor.get(step, { ...limits })
  return Number(counted?.[0])
}
