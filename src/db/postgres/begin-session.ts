import type { RevokedReason, SessionAccount, SessionRow, SessionStore } from '../../store/sessions.ts'
import type { UserRow } from '../../store/user-row.ts'
import { aliveAt } from './alive.ts'
import type { PostgresChanges } from './changes.ts'
import type { Connections } from './connections.ts'
import { and, db, desc, eq, inArray, ne, sql } from './drizzle.ts'
import { addEvent } from './events.ts'
import { addAllMail } from './outbox.ts'
import { lockUsers, sessionColumns } from './rows.ts'
import { placeholder, prepare } from './statements.ts'
import { sessions } from './tables.ts'
import { clearFailures } from './throttles.ts'

const REASON: RevokedReason = 'session-limit'

const values = Object.fromEntries(
  Object.keys(sessionColumns).map((name) => [name, sql.placeholder(name)]),
) as Record<keyof SessionRow, ReturnType<typeof sql.placeholder>>

export const insertSession = prepare(db.insert(sessions).values(values), {})

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
  .orderBy(desc(sessions.lastSeenAt), desc(sessions.createdAt), desc(sessions.id))
  .offset(sql.placeholder('others'))

const endOldest = prepare(
  db
    .update(sessions)
    .set({ revokedAt: sql`${sql.placeholder('at')}`, revokedReason: sql`${sql.placeholder('reason')}` })
    .where(inArray(sessions.id, beyondLimit))
    .returning({ id: sessions.id }),
  { id: sessions.id },
)

/** Begins a session if its account allows it, and ends the sessions above the limit. */
export const createBeginSession =
  (connections: Connections, changes: PostgresChanges): SessionStore['createSession'] =>
  (session, account) =>
    connections.transaction(async (transaction) => {
      const { id, userId, createdAt: at } = session
      // Locked: two sign-ins at once must not both find room, and the session's tokens carry the
      // account's current role.
      const user = (await lockUsers(transaction, [userId]))(userId)
      if (account && !isStill(user, account)) return null
      await transaction.run(insertSession, { ...session })
      // The user exists: otherwise the foreign key has failed the insertion.
      const begun = { user: user as UserRow, ended: [] }
      if (account === undefined) return begun
      const others = account.maxSessions - 1
      const ended = await transaction.all(endOldest, { id, userId, at, others, reason: REASON })
      for (const key of account.clearFailures) await clearFailures(transaction, key)
      await addEvent(transaction, account.event)
      if (account.mailFor) await addAllMail(transaction, account.mailFor(begun.user))
      const changed = ended.map((other) => ({ of: 'session', id: other.id }) as const)
      if (changed.length > 0) await changes.add(transaction, changed, at)
      return { ...begun, ended: ended.map((other) => other.id) }
    })

const isStill = (user: UserRow | undefined, { passwordChangedAt }: SessionAccount): boolean =>
  user !== undefined && user.disabledAt === null && user.passwordChangedAt === passwordChangedAt
