import type { SessionRow } from '../../store/sessions.ts'
import type { MailFor, UserRow } from '../../store/user-row.ts'
import type { AccountStore } from '../../store/users.ts'
import { accessAfter, isAdministrator, rolesOf } from '../access-change.ts'
import { insertSession } from './begin-session.ts'
import type { PostgresChanges } from './changes.ts'
import type { Connections } from './connections.ts'
import { and, asc, db, eq, isNull, ne, sql } from './drizzle.ts'
import type { Endings } from './endings.ts'
import { hasOtherAddress, isReserved, lockAddress } from './former-addresses.ts'
import { lock } from './locks.ts'
import { forgetTokensOf, insertToken } from './one-time-tokens.ts'
import { addAllMail } from './outbox.ts'
import { lockUsers, userById, userColumns } from './rows.ts'
import { denialOf, isOwner } from './standing.ts'
import { placeholder, prepare } from './statements.ts'
import { sessions, users } from './tables.ts'
import { clearFailures } from './throttles.ts'
import type { Transaction } from './transactions.ts'
import { searchUsers } from './user-search.ts'

export const userByEmailKey = prepare(
  db
    .select()
    .from(users)
    .where(eq(users.emailKey, placeholder(users.emailKey, 'emailKey'))),
  userColumns,
)
/** A literal, no parameter: the partial index is used only for a condition that can be seen. */
const administrator = and(sql`role = 'admin'`, isNull(users.disabledAt), isNull(users.invitedAt))
const anyAdministrator = prepare(db.select({ id: users.id }).from(users).where(administrator).limit(1), {})
const anotherAdministrator = prepare(
  db
    .select({ id: users.id })
    .from(users)
    .where(and(administrator, ne(users.id, placeholder(users.id, 'id'))))
    .limit(1),
  {},
)

/**
 * Whether the account is the only administrator. If two administrators demote each other, the
 * second transaction waits here, and is refused.
 */
async function isLastAdministrator(transaction: Transaction, user: UserRow): Promise<boolean> {
  if (!isAdministrator(user)) return false
  await lock(transaction, 'administrators')
  return (await transaction.get(anotherAdministrator, { id: user.id })) === undefined
}

async function update(
  transaction: Transaction,
  id: string,
  values: Partial<typeof users.$inferInsert>,
): Promise<void> {
  await transaction.run(prepare(db.update(users).set(values).where(eq(users.id, id)), {}))
}

async function write(transaction: Transaction, mailFor: MailFor | undefined, user: UserRow): Promise<void> {
  if (mailFor) await addAllMail(transaction, mailFor(user))
}

/** The session is alive and locked. */
async function replaceSession(
  transaction: Transaction,
  sid: string,
  successor: SessionRow,
  at: number,
): Promise<void> {
  const ending = { revokedAt: at, revokedReason: 'replaced' } as const
  await transaction.run(prepare(db.update(sessions).set(ending).where(eq(sessions.id, sid)), {}))
  await transaction.run(insertSession, { ...successor })
}

export function createPostgresAccounts(
  connections: Connections,
  changes: PostgresChanges,
  { endSessionsOf }: Endings,
): AccountStore {
  async function remove(transaction: Transaction, id: string, at: number): Promise<void> {
    await transaction.run(prepare(db.delete(users).where(eq(users.id, id)), {}))
    await forgetTokensOf(transaction, id)
    await changes.add(transaction, [{ of: 'user', id }], at)
  }

  return {
    createUser: (user, link) =>
      connections.transaction(async (transaction) => {
        await lockAddress(transaction, user.emailKey)
        if (await isReserved(transaction, user.emailKey, user.createdAt)) return false
        const query = db.insert(users).values(user).onConflictDoNothing({ target: users.emailKey })
        if ((await transaction.run(prepare(query, {}))) === 0) return false
        if (link) {
          await insertToken(transaction, link.token)
          await addAllMail(transaction, [link.mail])
        }
        return true
      }),
    findUser: (id) => connections.get(userById, { id }),
    findUserByEmailKey: (emailKey) => connections.get(userByEmailKey, { emailKey }),
    hasAdministrator: async () => (await connections.get(anyAdministrator)) !== undefined,
    listUsers: () =>
      connections.all(prepare(db.select().from(users).orderBy(asc(users.emailKey)), userColumns)),
    searchUsers: (search) => searchUsers(connections, search),

    async replacePasswordHash({ id, passwordHash, passwordChangedAt }, newHash) {
      const unchanged = and(
        eq(users.id, id),
        eq(users.passwordHash, passwordHash),
        eq(users.passwordChangedAt, passwordChangedAt),
        isNull(users.disabledAt),
      )
      await connections.run(prepare(db.update(users).set({ passwordHash: newHash }).where(unchanged), {}))
    },

    changePassword: (id, newHash, at, by, mailFor) =>
      connections.transaction(async (transaction) => {
        const before = (await lockUsers(transaction, [id]))(id)
        if (before === undefined || (by && !(await isOwner(transaction, before, by, at)))) return null
        // This time identifies the password. It must differ from the last one within a millisecond,
        // and after a clock was set back.
        const passwordChangedAt = Math.max(at, before.passwordChangedAt + 1)
        const changed = {
          passwordHash: newHash,
          passwordChangedAt,
          passwordChangeRequiredAt: null,
          invitedAt: null,
        }
        await update(transaction, id, changed)
        await endSessionsOf(transaction, id, 'password-changed', at, by?.sid ?? null)
        for (const key of by?.clearFailures ?? []) await clearFailures(transaction, key)
        if (by?.successor) await replaceSession(transaction, by.sid, by.successor, at)
        // The owner's session is cached with the old hash, which must no longer prove anything.
        if (by) await changes.add(transaction, [{ of: 'session', id: by.sid }], at)
        const after = { ...before, ...changed }
        await write(transaction, mailFor, after)
        return after
      }),

    setSignInNotices: (id, isOn, at) =>
      connections.transaction(async (transaction) => {
        await update(transaction, id, { signInNotices: isOn })
        await changes.add(transaction, [{ of: 'user', id }], at)
      }),

    renameUser: (id, name, at) =>
      connections.transaction(async (transaction) => {
        const before = (await lockUsers(transaction, [id]))(id)
        if (before === undefined || before.name === name) return
        await update(transaction, id, { name })
        await changes.add(transaction, [{ of: 'user', id }], at)
      }),

    changeAccess: (id, change, at, by, mailFor) =>
      connections.transaction(async (transaction) => {
        const userOf = await lockUsers(transaction, by === undefined ? [id] : [id, by.userId])
        const before = userOf(id)
        const denied = by && (await denialOf(transaction, userOf(by.userId), by, rolesOf(before, change), at))
        if (denied) return { kind: denied }
        if (before === undefined) return { kind: 'unknown' }
        const after = { ...before, ...accessAfter(before, change, at) }
        if (!isAdministrator(after) && (await isLastAdministrator(transaction, before)))
          return { kind: 'last-administrator' }

        const { role, disabledAt, passwordChangeRequiredAt } = after
        await update(transaction, id, { role, disabledAt, passwordChangeRequiredAt })
        if (disabledAt !== null) await endSessionsOf(transaction, id, 'disabled', at, null)
        else await changes.add(transaction, [{ of: 'user', id }], at)
        if (before.disabledAt === null && disabledAt !== null) await write(transaction, mailFor, after)
        return { kind: 'changed', before, after }
      }),

    unlockUser: (id, key, at, by) =>
      connections.transaction(async (transaction) => {
        const userOf = await lockUsers(transaction, by === undefined ? [id] : [id, by.userId])
        const user = userOf(id)
        const denied = by && (await denialOf(transaction, userOf(by.userId), by, rolesOf(user), at))
        if (denied) return { kind: denied }
        if (user === undefined) return { kind: 'unknown' }
        await clearFailures(transaction, key)
        return { kind: 'unlocked' }
      }),

    deleteUser: (id, at, by, mailFor) =>
      connections.transaction(async (transaction) => {
        const user = (await lockUsers(transaction, [id]))(id)
        if (by && !(await isOwner(transaction, user, by, at))) return 'session-ended'
        if (by && user !== undefined && (await hasOtherAddress(transaction, user, at)))
          return 'address-changed'
        if (user !== undefined && (await isLastAdministrator(transaction, user))) return 'last-administrator'
        if (user !== undefined) await write(transaction, mailFor, user)
        await remove(transaction, id, at)
        return 'deleted'
      }),

    deleteUserFor: (id, at, by, mailFor) =>
      connections.transaction(async (transaction) => {
        const userOf = await lockUsers(transaction, by === undefined ? [id] : [id, by.userId])
        const user = userOf(id)
        const denied = by && (await denialOf(transaction, userOf(by.userId), by, rolesOf(user), at))
        if (denied) return { kind: denied }
        if (user === undefined) return { kind: 'unknown' }
        if (await isLastAdministrator(transaction, user)) return { kind: 'last-administrator' }
        await write(transaction, mailFor, user)
        await remove(transaction, id, at)
        return { kind: 'deleted', user }
      }),
  }
}
