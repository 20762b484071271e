import { and, desc, eq, getTableColumns, inArray, isNull, ne, sql } from '../drizzle.ts'
import type { AuthEvent, RevokedReason, Session, SessionStore } from '../store.ts'
import { sessions, users } from '../tables.ts'
import { aliveAt } from './alive.ts'
import type { SqliteChanges } from './changes.ts'
import type { SqliteConnection } from './open.ts'
import { placeholder } from './placeholder.ts'
import type { Synchronous } from './synchronous.ts'

const REASON: RevokedReason = 'session-limit'

/** What else a sign-in changes. */
export interface Besides {
  clearFailures(key: Buffer): void
  addEvent(event: AuthEvent): void
}

/** Begins a session where its account allows it, and ends those that are then too many. */
export function createBeginSession(
  { db, driver }: SqliteConnection,
  changes: SqliteChanges,
  { clearFailures, addEvent }: Besides,
): Synchronous<SessionStore>['createSession'] {
  const columns = Object.keys(getTableColumns(sessions)) as (keyof Session)[]
  const values = Object.fromEntries(columns.map((name) => [name, sql.placeholder(name)]))
  const insert = db
    .insert(sessions)
    .values(values as Record<keyof Session, ReturnType<typeof sql.placeholder>>)
    .prepare()

  const unchanged = db
    .select({ id: users.id })
    .from(users)
    .where(
      and(
        eq(users.id, placeholder(users.id, 'userId')),
        eq(users.passwordChangedAt, placeholder(users.passwordChangedAt, 'passwordChangedAt')),
        isNull(users.disabledAt),
      ),
    )
    .prepare()

  const beyondLimit = db
    .select({ id: sessions.id })
    .from(sessions)
    .where(
      and(
        eq(sessions.userId, placeholder(sessions.userId, 'userId')),
        aliveAt('at'),
        ne(sessions.id, placeholder(sessions.id, 'id')),
      ),
    )
    .orderBy(desc(sessions.lastSeenAt), desc(sessions.createdAt), desc(sql`rowid`))
    // SQLite takes no OFFSET by itself.
    .limit(Number.MAX_SAFE_INTEGER)
    .offset(sql.placeholder('others'))

  const endOldest = db
    .update(sessions)
    .set({ revokedAt: sql`${sql.placeholder('at')}`, revokedReason: sql`${sql.placeholder('reason')}` })
    .where(inArray(sessions.id, beyondLimit))
    .returning({ id: sessions.id })
    .prepare()

  return (session, account) =>
    driver
      .transaction(() => {
        const { id, userId, createdAt: at } = session
        if (account && unchanged.get({ userId, ...account }) === undefined) return null
        insert.run({ ...session })
        if (account === undefined) return []
        const others = account.mostSessions - 1
        const ended = endOldest.all({ id, userId, at, others, reason: REASON }).map((row) => row.id)
        for (const other of ended) changes.add(other, at)
        for (const key of account.clearFailures) clearFailures(key)
        addEvent(account.event)
        return ended
      })
      .immediate()
}
