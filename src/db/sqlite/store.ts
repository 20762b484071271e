/**
 * The Store on SQLite: embedded, one file, several processes side by side.
 */
import { and, desc, eq, sql } from 'drizzle-orm'
import type { EventStore, PruneLimits, Store, ThrottleStore } from '../store.ts'
import { authEvents, loginThrottles } from '../tables.ts'
import { createEndMany, createSqliteAccounts } from './accounts.ts'
import { createSqliteChanges } from './changes.ts'
import { openSqlite, type SqliteConnection, type SqliteOptions } from './open.ts'
import { placeholder } from './placeholder.ts'
import { createSqlitePrune } from './prune.ts'
import { createSqliteSessions } from './sessions.ts'
import { asStoreError, asynchronous, type Synchronous } from './synchronous.ts'

export function createSqliteStore(options: SqliteOptions): Store {
  const connection = openSqlite(options)
  const { driver } = connection
  const changes = createSqliteChanges(connection)
  const endMany = createEndMany(connection, changes)
  const prune = createSqlitePrune(connection)
  const one = driver.prepare('SELECT count(*) FROM users LIMIT 1')

  return {
    ...asynchronous(createSqliteAccounts(connection, changes, endMany)),
    ...asynchronous(createSqliteSessions(connection, changes, endMany)),
    ...asynchronous(createThrottles(connection)),
    ...asynchronous(createEvents(connection)),
    ...asynchronous<Pick<Store, 'ping' | 'prune' | 'close'>>({
      ping: () => void one.get(),
      prune: (limits: PruneLimits) => prune(limits),
      close: () => void driver.close(),
    }),
    changedSessions() {
      try {
        return changes.changedSessions()
      } catch (error) {
        throw asStoreError(error)
      }
    },
  }
}

function createThrottles({ db }: SqliteConnection): Synchronous<ThrottleStore> {
  const mine = eq(loginThrottles.accountKey, placeholder(loginThrottles.accountKey, 'accountKey'))
  const find = db.select().from(loginThrottles).where(mine).prepare()
  const clear = db.delete(loginThrottles).where(mine).prepare()
  const first = db
    .insert(loginThrottles)
    .values({ accountKey: sql.placeholder('accountKey'), failures: 1, lastFailedAt: sql.placeholder('at') })
    .onConflictDoNothing()
    .prepare()
  const next = db
    .update(loginThrottles)
    .set({ failures: sql`${loginThrottles.failures} + 1`, lastFailedAt: sql`${sql.placeholder('at')}` })
    .where(and(mine, eq(loginThrottles.failures, placeholder(loginThrottles.failures, 'failures'))))
    .prepare()

  return {
    findThrottle: (accountKey) => find.get({ accountKey }),
    countAttempt: (accountKey, failures, at) =>
      (failures === 0 ? first : next).run({ accountKey, failures, at }).changes === 1,
    clearFailures: (accountKey) => void clear.run({ accountKey }),
  }
}

function createEvents({ db }: SqliteConnection): Synchronous<EventStore> {
  const add = db
    .insert(authEvents)
    .values({
      at: sql.placeholder('at'),
      type: sql.placeholder('type'),
      userId: sql.placeholder('userId'),
      sessionId: sql.placeholder('sessionId'),
      ip: sql.placeholder('ip'),
      userAgent: sql.placeholder('userAgent'),
      reason: sql.placeholder('reason'),
    })
    .prepare()
  const newest = db
    .select()
    .from(authEvents)
    .orderBy(desc(authEvents.id))
    .limit(sql.placeholder('limit'))
    .prepare()

  return {
    addEvent: (event) => void add.run({ ...event }),
    listEvents: (limit) => newest.all({ limit }),
  }
}
