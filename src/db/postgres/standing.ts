/**
 * Checks the caller at the moment of a change, inside the transaction that makes the change.
 *
 * Threat: the caller is demoted, disabled or signed out between the check and the change.
 * Guarantee: the transaction locks the rows of the caller's account and session, so no other change
 * comes in between.
 * Limits: only changes are checked here, not what a route reads.
 * Source: OWASP ASVS 5.0 V8.3.2 and V15.4.2 (no time between check and use).
 */
import type { Authority, Denial, OwnerProof } from '../../store/authority.ts'
import type { UserRow } from '../../store/user-row.ts'
import { aliveAt } from './alive.ts'
import { and, db, eq } from './drizzle.ts'
import { placeholder, prepare } from './statements.ts'
import { sessions } from './tables.ts'
import type { Transaction } from './transactions.ts'

const columns = { id: sessions.id }
const alive = prepare(
  db
    .select(columns)
    .from(sessions)
    .where(
      and(
        eq(sessions.id, placeholder(sessions.id, 'sid')),
        eq(sessions.userId, placeholder(sessions.userId, 'userId')),
        aliveAt('at'),
      ),
    )
    .for('update'),
  columns,
)

async function isAlive(transaction: Transaction, sid: string, user: UserRow, at: number): Promise<boolean> {
  if (user.disabledAt !== null) return false
  return (await transaction.get(alive, { sid, userId: user.id, at })) !== undefined
}

/**
 * Returns whether the caller's session is alive, and the account is enabled and has the proved
 * password.
 * @param user locked
 */
export const isOwner = async (
  transaction: Transaction,
  user: UserRow | undefined,
  { sid, passwordChangedAt }: OwnerProof,
  at: number,
): Promise<boolean> =>
  user !== undefined &&
  user.passwordChangedAt === passwordChangedAt &&
  (await isAlive(transaction, sid, user, at))

/**
 * Returns why a change of accounts with these roles is denied, or null if it is allowed.
 * @param actor locked
 */
export async function denialOf(
  transaction: Transaction,
  actor: UserRow | undefined,
  { sid, reaches }: Authority,
  roles: readonly string[],
  at: number,
): Promise<Denial | null> {
  if (actor === undefined || !(await isAlive(transaction, sid, actor, at))) return 'session-ended'
  if (actor.passwordChangeRequiredAt !== null) return 'password-change-required'
  return roles.every((role) => reaches(actor.role, role)) ? null : 'protected'
}
