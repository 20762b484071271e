import type { ThrottleStore } from '../../store/throttles.ts'
import { and, eq, sql } from './drizzle.ts'
import type { SqliteConnection } from './open.ts'
import { placeholder } from './placeholder.ts'
import type { Synchronous } from './synchronous.ts'
import { loginThrottles } from './tables.ts'

export function createSqliteThrottles({ db }: SqliteConnection): Synchronous<ThrottleStore> {
  const byKey = eq(loginThrottles.key, placeholder(loginThrottles.key, 'key'))
  const find = db.select().from(loginThrottles).where(byKey).prepare()
  const clear = db.delete(loginThrottles).where(byKey).prepare()
  const first = db
    .insert(loginThrottles)
    .values({
      key: sql.placeholder('key'),
      failures: sql.placeholder('failures'),
      lastFailedAt: sql.placeholder('at'),
      forgetAt: sql.placeholder('forgetAt'),
    })
    .onConflictDoNothing()
    .prepare()
  const next = db
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
    )
    .prepare()

  return {
    findThrottle: (key) => find.get({ key }),
    countAttempt({ follows, ...attempt }) {
      if (follows === undefined) return first.run({ ...attempt }).changes === 1
      const { failures: failuresBefore, lastFailedAt: failedBefore } = follows
      return next.run({ ...attempt, failuresBefore, failedBefore }).changes === 1
    },
    clearFailures: (key) => void clear.run({ key }),
  }
}
