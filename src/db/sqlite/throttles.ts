import { and, eq, sql } from '../drizzle.ts'
import type { ThrottleStore } from '../store.ts'
import { loginThrottles } from '../tables.ts'
import type { SqliteConnection } from './open.ts'
import { placeholder } from './placeholder.ts'
import type { Synchronous } from './synchronous.ts'

export function createSqliteThrottles({ db }: SqliteConnection): Synchronous<ThrottleStore> {
  const mine = eq(loginThrottles.key, placeholder(loginThrottles.key, 'key'))
  const find = db.select().from(loginThrottles).where(mine).prepare()
  const clear = db.delete(loginThrottles).where(mine).prepare()
  const first = db
    .insert(loginThrottles)
    .values({
      key: sql.placeholder('key'),
      failures: 1,
      lastFailedAt: sql.placeholder('at'),
      forgetAt: sql.placeholder('forgetAt'),
    })
    .onConflictDoNothing()
    .prepare()
  const next = db
    .update(loginThrottles)
    .set({
      failures: sql`${loginThrottles.failures} + 1`,
      lastFailedAt: sql`${sql.placeholder('at')}`,
      forgetAt: sql`${sql.placeholder('forgetAt')}`,
    })
    .where(and(mine, eq(loginThrottles.failures, placeholder(loginThrottles.failures, 'failures'))))
    .prepare()

  return {
    findThrottle: (key) => find.get({ key }),
    countAttempt: (attempt) => (attempt.failures === 0 ? first : next).run({ ...attempt }).changes === 1,
    clearFailures: (key) => void clear.run({ key }),
  }
}
