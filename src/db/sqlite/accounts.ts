import { endReason } from '../../protocol/rotation.ts'
import type { NewMail } from '../../store/outbox.ts'
import type { RevokedReason, SessionRow } from '../../store/sessions.ts'
import type { MailFor, UserRow } from '../../store/user-row.ts'
import type { AccountStore } from '../../store/users.ts'
import { accessAfter, isAdministrator, rolesOf } from '../access-change.ts'
import { createHasAdministrator, createLastAdministrator } from './administrators.ts'
import type { SqliteChanges } from './changes.ts'
import { and, asc, eq, isNull, ne, sql } from './drizzle.ts'
import { createFormerAddresses } from './former-addresses.ts'
import type { SqliteConnection } from './open.ts'
import { placeholder } from './placeholder.ts'
import { createStanding } from './standing.ts'
import type { Synchronous } from './synchronous.ts'
import { oneTimeTokens, sessions, users } from './tables.ts'
import { createUserSearch } from './user-search.ts'
import { prepareById } from './whole-row.ts'

/** @returns the ids of the sessions that were alive at `at` (milliseconds since the Unix epoch) */
export type EndSessionsOfUser = (
  userId: string,
  reason: RevokedReason,
  at: number,
  keepSessionId: string | null,
) => string[]

/**
 * Ends a user's sessions and adds them to the change feed. The caller has a transaction open.
 * Sessions past a limit end, too: they would be alive again when a clock that is ahead is
 * corrected.
 */
export function createEndSessionsOfUser({ db }: SqliteConnection, changes: SqliteChanges): EndSessionsOfUser {
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

/** What changes of accounts write in other tables. */
export interface AccountEffects {
  clearFailures(key: Buffer): void
  addAll(mail: readonly NewMail[]): void
}

export function createSqliteAccounts(
  connection: SqliteConnection,
  changes: SqliteChanges,
  endSessionsOfUser: EndSessionsOfUser,
  { clearFailures, addAll }: AccountEffects,
): Synchronous<AccountStore> {
  const { db, driver } = connection
  const byId = prepareById(connection, users)
  const byEmailKey = db
    .select()
    .from(users)
    .where(eq(users.emailKey, placeholder(users.emailKey, 'emailKey')))
    .prepare()

  const isLastAdministrator = createLastAdministrator(connection)
  const standing = createStanding(connection, byId)
  const former = createFormerAddresses(connection)
  const transaction = <Result>(change: () => Result): Result => driver.transaction(change).immediate()
  const update = (id: string, values: Partial<typeof users.$inferInsert>) =>
    db.update(users).set(values).where(eq(users.id, id)).run()

  /** The caller has a transaction open. The rows of the sessions go with the account. */
  function remove(id: string, at: number): void {
    changes.addUser(id, at)
    db.delete(users).where(eq(users.id, id)).run()
    db.delete(oneTimeTokens).where(eq(oneTimeTokens.userId, id)).run()
  }

  /** The caller has a transaction open, in which the session is alive. */
  function replaceSession(sid: string, successor: SessionRow, at: number): void {
    const ending = { revokedAt: at, revokedReason: 'replaced' } as const
    db.update(sessions).set(ending).where(eq(sessions.id, sid)).run()
    db.insert(sessions).values(successor).run()
  }

  const write = (mailFor: MailFor | undefined, user: UserRow): void => {
    if (mailFor) addAll(mailFor(user))
  }

  return {
    createUser: (user, link) =>
      transaction(() => {
        if (former.isReserved(user.emailKey, user.createdAt)) return false
        const added = db.insert(users).values(user).onConflictDoNothing({ target: users.emailKey }).run()
        if (added.changes === 0) return false
        if (link) {
          db.insert(oneTimeTokens).values(link.token).run()
          addAll([link.mail])
        }
        return true
      }),
    findUser: byId,
    findUserByEmailKey: (emailKey) => byEmailKey.get({ emailKey }),
    hasAdministrator: createHasAdministrator(connection),
    listUsers: () => db.select().from(users).orderBy(asc(users.emailKey)).all(),

    replacePasswordHash({ id, passwordHash, passwordChangedAt }, newHash) {
      const unchanged = and(
        eq(users.id, id),
        eq(users.passwordHash, passwordHash),
        eq(users.passwordChangedAt, passwordChangedAt),
        isNull(users.disabledAt),
      )
      db.update(users).set({ passwordHash: newHash }).where(unchanged).run()
    },

    changePassword: (id, newHash, at, by, mailFor) =>
      transaction(() => {
        const before = byId(id)
        if (before === undefined || (by && !standing.isOwner(before, by, at))) return null
        // This time identifies the password. It must differ from the last one within a millisecond,
        // and after a clock was set back.
        const passwordChangedAt = Math.max(at, before.passwordChangedAt + 1)
        const changed = {
          passwordHash: newHash,
          passwordChangedAt,
          passwordChangeRequiredAt: null,
          invitedAt: null,
        }
        update(id, changed)
        // The owner's session is cached with the old hash, which must no longer prove anything.
        if (by) changes.add(by.sid, at)
        endSessionsOfUser(id, 'password-changed', at, by?.sid ?? null)
        for (const key of by?.clearFailures ?? []) clearFailures(key)
        if (by?.successor) replaceSession(by.sid, by.successor, at)
        const after = { ...before, ...changed }
        write(mailFor, after)
        return after
      }),

    setSignInNotices: (id, isOn, at) =>
      transaction(() => {
        update(id, { signInNotices: isOn })
        changes.addUser(id, at)
      }),

    renameUser: (id, name, at) =>
      transaction(() => {
        const before = byId(id)
        if (before === undefined || before.name === name) return
        update(id, { name })
        changes.addUser(id, at)
      }),

    changeAccess: (id, change, at, by, mailFor) =>
      transaction(() => {
        const before = byId(id)
        const denied = by && standing.denial(by, rolesOf(before, change), at)
        if (denied) return { kind: denied }
        if (before === undefined) return { kind: 'unknown' }
        const after = { ...before, ...accessAfter(before, change, at) }
        if (!isAdministrator(after) && isLastAdministrator(before)) return { kind: 'last-administrator' }

        const { role, disabledAt, passwordChangeRequiredAt } = after
        update(id, { role, disabledAt, passwordChangeRequiredAt })
        if (disabledAt !== null) endSessionsOfUser(id, 'disabled', at, null)
        else changes.addUser(id, at)
        if (before.disabledAt === null && disabledAt !== null) write(mailFor, after)
        return { kind: 'changed', before, after }
      }),

    unlockUser: (id, key, at, by) =>
      transaction(() => {
        const user = byId(id)
        const denied = by && standing.denial(by, rolesOf(user), at)
        if (denied) return { kind: denied }
        if (user === undefined) return { kind: 'unknown' }
        clearFailures(key)
        return { kind: 'unlocked' }
      }),

    deleteUser: (id, at, by, mailFor) =>
      transaction(() => {
        const user = byId(id)
        if (by && !standing.isOwner(user, by, at)) return 'session-ended'
        if (by && user !== undefined && former.hasOther(user, at)) return 'address-changed'
        if (user !== undefined && isLastAdministrator(user)) return 'last-administrator'
        remove(id, at)
        if (user !== undefined) write(mailFor, user)
        return 'deleted'
      }),

    deleteUserFor: (id, at, by, mailFor) =>
      transaction(() => {
        const user = byId(id)
        const denied = by && standing.denial(by, rolesOf(user), at)
        if (denied) return { kind: denied }
        if (user === undefined) return { kind: 'unknown' }
        if (isLastAdministrator(user)) return { kind: 'last-administrator' }
        remove(id, at)
        write(mailFor, user)
        return { kind: 'deleted', user }
      }),

    searchUsers: createUserSearch(connection),
  }
}
