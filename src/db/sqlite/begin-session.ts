import type { AuthEvent } from '../../store/events.ts'
import type { NewMail } from '../../store/outbox.ts'
import type { RevokedReason, SessionAccount, SessionRow, SessionStore } from '../../store/sessions.ts'
import type { UserRow } from '../../store/user-row.ts'
import { aliveAt } from './alive.ts'
import type { SqliteChanges } from './changes.ts'
import { and, desc, eq, getTableColumns, inArray, ne, sql } from './drizzle.ts'
import type { SqliteConnection } from './open.ts'
import { placeholder } from './placeholder.ts'
import type { Synchronous } from './synchronous.ts'
import { sessions } from './tables.ts'

const REASON: RevokedReason = 'session-limit'

/** What a sign-in writes in addition to the session. */
export interface SignInEffects {
  clearFailures(key: Buffer): void
  addEvent(event: AuthEvent): void
  addAll(mail: readonly NewMail[]): void
}

/** Begins a session if its account allows it, and ends the sessions above the limit. */
export function createBeginSession(
  { db, driver }: SqliteConnection,
  userById: (id: string) => UserRow | undefined,
  changes: SqliteChanges,
  { clearFailures, addEvent, addAll }: SignInEffects,
): Synchronous<SessionStore>['createSession'] {
  const columns = Object.keys(getTableColumns(sessions)) as (keyof SessionRow)[]
  const values = Object.fromEntries(columns.map((name) => [name, sql.placeholder(name)]))
  const insert = db
    .insert(sessions)
    .values(values as Record<keyof SessionRow, ReturnType<typeof sql.placeholder>>)
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
    // SQLite has no OFFSET without LIMIT.
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
        // Read inside the transaction: the session's tokens carry the account's current role.
        const user = userById(userId)
        if (account && !isStill(user, account)) return null
        insert.run({ ...session })
        // The user exists: otherwise the foreign key has failed the insertion.
        const begun = { user: user as UserRow, ended: [] }
        if (account === undefined) return begun
        const others = account.maxSessions - 1
        const ended = endOldest.all({ id, userId, at, others, reason: REASON }).map((row) => row.id)
        for (const other of ended) changes.add(other, at)
        for (const key of account.clearFailures) clearFailures(key)
        addEvent(account.event)
        if (account.mailFor) addAll(account.mailFor(begun.user))
        return { ...begun, ended }
      })
      .immediate()
}

const isStill = (user: UserRow | undefined, { passwordChangedAt }: SessionAccount): boolean =>
  user !== undefined && user.disabledAt === null && user.passwordChangedAt === passwordChangedAt
