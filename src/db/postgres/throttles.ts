import type { ThrottleStore } from '../../store/throttles.ts'
import { and, db, eq, getTableColumns, sql } from './drizzle.ts'
import { placeholder, prepare } from './statements.ts'
import { loginThrottles } from './tables.ts'
import type { Executor } from './transactions.ts'

const byKey = eq(loginThrottles.key, placeholder(loginThrottles.key, 'key'))
const find = prepare(db.select().from(loginThrottles).where(byKey), getTableColumns(loginThrottles))
const clear = prepare(db.delete(loginThrottles).where(byKey), {})
const first = prepare(
  db
    .insert(loginThrottles)
    .values({
      key: sql.placeholder('key'),
      failures: sql.placeholder('failures'),
      lastFailedAt: sql.placeholder('at'),
      forgetAt: sql.placeholder('forgetAt'),
    })
    .onConflictDoNothing(),
  {},
)
const next = prepare(
  db
    .update(loginThrottles)
    .set({
      failures: sql`${sql.placeholder('failures')}`,
      lastFailedAt: sql`${sql.placeholder('at')}`,
      forgetAt: sql`${sql.placeholder('forgetAt')}`,
    })
    .where(
      and(
        byKey,
        eq(loginThrottles.failures, placeholder(loginThrottles.failures, 'failuresBefore')),
        // A count that has run out begins again at 1, so the number alone can repeat.
        eq(loginThrottles.lastFailedAt, placeholder(loginThrottles.lastFailedAt, 'failedBefore')),
      ),
    ),
  {},
)

export const clearFailures = async (executor: Executor, key: Buffer): Promise<void> =>
  void (await executor.run(clear, { key }))

export function createPostgresThrottles(executor: Executor): ThrottleStore {
  return {
    findThrottle: (key) => executor.get(find, { key }),
    async countAttempt({ follows, ...attempt }) {
      if (follows === undefined) return (await executor.run(first, { ...attempt })) === 1
      const { failures: failuresBefore, lastFailedAt: failedBefore } = follows
      return (await executor.run(next, { ...attempt, failuresBefore, failedBefore })) === 1
    },
    clearFailures: (key) => clearFailures(executor, key),
  }
}
