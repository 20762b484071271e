import type { AuthEvent } from '../../store/events.ts'
import type { RevokedReason, Session, SessionAccount, SessionStore } from '../../store/sessions.ts'
import type { User } from '../../store/users.ts'
import { aliveAt } from './alive.ts'
import type { SqliteChanges } from './changes.ts'
import { and, desc, eq, getTableColumns, inArray, ne, sql } from './drizzle.ts'
import type { SqliteConnection } from './open.ts'
import { placeholder } from './placeholder.ts'
import type { Synchronous } from './synchronous.ts'
import { sessions } from './tables.ts'

const REASON: RevokedReason = 'session-limit'

/** What else a sign-in changes. */
export interface Besides {
  clearFailures(key: Buffer): void
  addEvent(event: AuthEvent): void
}

/** Begins a session where its account allows it, and ends those that are then too many. */
export function createBeginSession(
  { db, driver }: SqliteConnection,
  userById: (id: string) => User | undefined,
  changes: SqliteChanges,
  { clearFailures, addEvent }: Besides,
): Synchronous<SessionStore>['createSession'] {
  const columns = Object.keys(getTableColumns(sessions)) as (keyof Session)[]
  const values = Object.fromEntries(columns.map((name) => [name, sql.placeholder(name)]))
  const insert = db
    .insert(sessions)
    .values(values as Record<keyof Session, ReturnType<typeof sql.placeholder>>)
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
        // Read here and not before: the session is granted from the account as it is now, its role included.
        const user = userById(userId)
        if (account && !isStill(user, account)) return null
        insert.run({ ...session })
        // Without an account the insertion has failed: its foreign key holds.
        const begun = { user: user as User, ended: [] }
        if (account === undefined) return begun
        const others = account.mostSessions - 1
        const ended = endOldest.all({ id, userId, at, others, reason: REASON }).map((row) => row.id)
        for (const other of ended) changes.add(other, at)
        for (const key of account.clearFailures) clearFailures(key)
        addEvent(account.event)
        return { ...begun, ended }
      })
      .immediate()
}

const isStill = (user: User | undefined, { passwordChangedAt }: SessionAccount): boolean =>
  user !== undefined && user.disabledAt === null && user.passwordChangedAt === passwordChangedAt
