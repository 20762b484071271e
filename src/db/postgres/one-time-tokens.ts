import type { OneTimeToken, OneTimeTokenStore, TokenPurpose } from '../../store/one-time-tokens.ts'
import type { UserRow } from '../../store/user-row.ts'
import type { PostgresChanges } from './changes.ts'
import type { Connections } from './connections.ts'
import { and, db, eq, getTableColumns, gt } from './drizzle.ts'
import type { Endings } from './endings.ts'
import { addEvent } from './events.ts'
import { lockName } from './locks.ts'
import { addAllMail, addMail } from './outbox.ts'
import { lockUsers, userById } from './rows.ts'
import { placeholder, prepare } from './statements.ts'
import { oneTimeTokens, users } from './tables.ts'
import { clearFailures } from './throttles.ts'
import type { Executor, Transaction } from './transactions.ts'

const byHash = prepare(
  db
    .select()
    .from(oneTimeTokens)
    .where(
      and(
        eq(oneTimeTokens.hash, placeholder(oneTimeTokens.hash, 'hash')),
        eq(oneTimeTokens.purpose, placeholder(oneTimeTokens.purpose, 'purpose')),
        gt(oneTimeTokens.expiresAt, placeholder(oneTimeTokens.expiresAt, 'at')),
      ),
    ),
  getTableColumns(oneTimeTokens),
)
const forgetOne = prepare(
  db
    .delete(oneTimeTokens)
    .where(
      and(
        eq(oneTimeTokens.userId, placeholder(oneTimeTokens.userId, 'userId')),
        eq(oneTimeTokens.purpose, placeholder(oneTimeTokens.purpose, 'purpose')),
      ),
    ),
  {},
)
const forgetAll = prepare(
  db.delete(oneTimeTokens).where(eq(oneTimeTokens.userId, placeholder(oneTimeTokens.userId, 'userId'))),
  {},
)

interface Found {
  readonly token: OneTimeToken
  readonly user: UserRow
}

const findToken = (executor: Executor, hash: Buffer, purpose: TokenPurpose, at: number) =>
  executor.get(byHash, { hash, purpose, at })

function matching(token: OneTimeToken | undefined, user: UserRow | undefined): Found | undefined {
  if (token === undefined || user === undefined || user.disabledAt !== null) return undefined
  const isAsThen = user.passwordChangedAt === token.passwordChangedAt && user.emailKey === token.emailKey
  return isAsThen ? { token, user } : undefined
}

/** Locks the account, so that of two requests with one token, the second finds it used. */
async function findLocked(
  transaction: Transaction,
  ...wanted: [hash: Buffer, purpose: TokenPurpose, at: number]
): Promise<Found | undefined> {
  const seen = await findToken(transaction, ...wanted)
  if (seen === undefined) return undefined
  const userOf = await lockUsers(transaction, [seen.userId])
  return matching(await findToken(transaction, ...wanted), userOf(seen.userId))
}

export const forgetToken = async (
  transaction: Transaction,
  { userId, purpose }: OneTimeToken,
): Promise<void> => void (await transaction.run(forgetOne, { userId, purpose }))

/** Deletes the tokens of an account that is deleted. */
export const forgetTokensOf = async (transaction: Transaction, userId: string): Promise<void> =>
  void (await transaction.run(forgetAll, { userId }))

export const insertToken = async (transaction: Transaction, token: OneTimeToken): Promise<void> =>
  void (await transaction.run(prepare(db.insert(oneTimeTokens).values(token), {})))

async function change(transaction: Transaction, id: string, values: Partial<UserRow>): Promise<void> {
  await transaction.run(prepare(db.update(users).set(values).where(eq(users.id, id)), {}))
}

export function createPostgresOneTimeTokens(
  connections: Connections,
  changes: PostgresChanges,
  { endSessionsOf }: Endings,
): OneTimeTokenStore {
  return {
    issueOneTimeToken: (token, mail) =>
      connections.transaction(async (transaction) => {
        // An account has one token for a purpose, and a decoy has no row that could be locked.
        await lockName(transaction, `token ${token.userId}`)
        if (!(await addMail(transaction, mail))) return false
        await forgetToken(transaction, token)
        await insertToken(transaction, token)
        return true
      }),

    async findOneTimeToken(hash, purpose, at) {
      const token = await findToken(connections, hash, purpose, at)
      return matching(token, token && (await connections.get(userById, { id: token.userId })))?.user
    },

    resetPassword: ({ hash, purpose, newHash, at, mailFor, ...reset }) =>
      connections.transaction(async (transaction) => {
        const found = await findLocked(transaction, hash, purpose, at)
        if (found === undefined) return null
        const { user, token } = found
        await forgetToken(transaction, token)
        const changed = {
          passwordHash: newHash,
          // As in a change of the password: this time identifies it.
          passwordChangedAt: Math.max(at, user.passwordChangedAt + 1),
          passwordChangeRequiredAt: null,
          emailConfirmedAt: user.emailConfirmedAt ?? at,
          invitedAt: null,
        }
        await change(transaction, user.id, changed)
        await endSessionsOf(transaction, user.id, 'password-changed', at, null)
        for (const key of reset.clearFailures(user)) await clearFailures(transaction, key)
        const after = { ...user, ...changed }
        await addEvent(transaction, reset.event(after))
        if (mailFor) await addAllMail(transaction, mailFor(after))
        return after
      }),

    confirmEmail: ({ hash, at, event }) =>
      connections.transaction(async (transaction) => {
        const found = await findLocked(transaction, hash, 'email-confirmation', at)
        if (found === undefined) return null
        await forgetToken(transaction, found.token)
        const after = { ...found.user, emailConfirmedAt: found.user.emailConfirmedAt ?? at }
        await change(transaction, after.id, { emailConfirmedAt: after.emailConfirmedAt })
        // The access tokens say whether the address is confirmed.
        await changes.add(transaction, [{ of: 'user', id: after.id }], at)
        await addEvent(transaction, event(after))
        return after
      }),
  }
}
