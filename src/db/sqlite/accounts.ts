import { endReason } from '../../sessions/rotation.ts'
import { and, asc, eq, isNull, ne, sql } from '../drizzle.ts'
import type { AccountStore, RevokedReason } from '../store.ts'
import { sessions, users } from '../tables.ts'
import { accessAfter, createLastAdministrator, isAdministrator } from './administrators.ts'
import type { SqliteChanges } from './changes.ts'
import type { SqliteConnection } from './open.ts'
import { placeholder } from './placeholder.ts'
import type { Synchronous } from './synchronous.ts'
import { createUserSearch } from './user-search.ts'

export type EndMany = (
  userId: string,
  reason: RevokedReason,
  at: number,
  keepSessionId: string | null,
) => string[]

/**
 * Ends a user's sessions and tells the feed; to be called inside a transaction. Sessions that have run out end, too: they
 * would be alive again when a clock that is ahead is put right.
 */
export function createEndMany({ db }: SqliteConnection, changes: SqliteChanges): EndMany {
  const end = db
    .update(sessions)
    .set({ revokedAt: sql`${sql.placeholder('at')}`, revokedReason: sql`${sql.placeholder('reason')}` })
    .where(
      and(
        eq(sessions.userId, placeholder(sessions.userId, 'userId')),
        isNull(sessions.revokedAt),
        ne(sessions.id, placeholder(sessions.id, 'keep')),
      ),
    )
    .returning({
      id: sessions.id,
      idleExpiresAt: sessions.idleExpiresAt,
      expiresAt: sessions.expiresAt,
      revokedAt: sql<null>`NULL`,
    })
    .prepare()

  return (userId, reason, at, keepSessionId) => {
    const ended = end.all({ userId, reason, at, keep: keepSessionId ?? '' })
    for (const { id } of ended) changes.add(id, at)
    return ended.filter((row) => endReason(row, at) === null).map((row) => row.id)
  }
}

export function createSqliteAccounts(
  connection: SqliteConnection,
  changes: SqliteChanges,
  endMany: EndMany,
): Synchronous<AccountStore> {
  const { db, driver } = connection
  const byId = db
    .select()
    .from(users)
    .where(eq(users.id, placeholder(users.id, 'id')))
    .prepare()
  const byEmailKey = db
    .select()
    .from(users)
    .where(eq(users.emailKey, placeholder(users.emailKey, 'emailKey')))
    .prepare()
  const going = db
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(eq(sessions.userId, placeholder(sessions.userId, 'userId')), isNull(sessions.revokedAt)))
    .prepare()

  const isLastAdministrator = createLastAdministrator(connection)
  const transaction = <Result>(change: () => Result): Result => driver.transaction(change).immediate()
  const markStale = (userId: string, at: number) => {
    for (const { id } of going.all({ userId })) changes.add(id, at)
  }
  const update = (id: string, values: Partial<typeof users.$inferInsert>) =>
    db.update(users).set(values).where(eq(users.id, id)).run()

  return {
    createUser: (user) =>
      db.insert(users).values(user).onConflictDoNothing({ target: users.emailKey }).run().changes === 1,
    findUser: (id) => byId.get({ id }),
    findUserByEmailKey: (emailKey) => byEmailKey.get({ emailKey }),
    listUsers: () => db.select().from(users).orderBy(asc(users.emailKey)).all(),

    replacePasswordHash(id, oldHash, newHash) {
      const unchanged = and(eq(users.id, id), eq(users.passwordHash, oldHash))
      db.update(users).set({ passwordHash: newHash }).where(unchanged).run()
    },

    changePassword: (id, newHash, at, keepSessionId) =>
      transaction(() => {
        update(id, { passwordHash: newHash, passwordChangedAt: at, passwordChangeRequiredAt: null })
        // The session that stays is remembered with the old hash, which must not prove anything any more.
        if (keepSessionId !== null) changes.add(keepSessionId, at)
        return endMany(id, 'password-changed', at, keepSessionId)
      }),

    renameUser: (id, name, at) =>
      transaction(() => {
        update(id, { name })
        markStale(id, at)
      }),

    changeAccess: (id, change, at, ofRoles) =>
      transaction(() => {
        const before = byId.get({ id })
        if (before === undefined) return { kind: 'unknown' }
        if (ofRoles !== undefined && !ofRoles.includes(before.role)) return { kind: 'protected' }
        const after = { ...before, ...accessAfter(before, change, at) }
        if (!isAdministrator(after) && isLastAdministrator(before)) return { kind: 'last-administrator' }

        const { role, disabledAt, passwordChangeRequiredAt } = after
        update(id, { role, disabledAt, passwordChangeRequiredAt })
        if (disabledAt !== null) endMany(id, 'disabled', at, null)
        else markStale(id, at)
        return { kind: 'changed', before, after }
      }),

    deleteUser: (id, at) =>
      transaction(() => {
        const user = byId.get({ id })
        if (user !== undefined && isLastAdministrator(user)) return false
        markStale(id, at)
        db.delete(users).where(eq(users.id, id)).run()
        return true
      }),

    searchUsers: createUserSearch(connection),
  }
}
