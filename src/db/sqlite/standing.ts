/**
 * Checks the caller at the moment of a change, inside the transaction that makes the change.
 *
 * Threat: the caller is demoted, disabled or signed out between the check and the change.
 * Guarantee: the transaction reads the rows of the caller's session and account, so no other change
 * comes in between.
 * Limits: only changes are checked here, not what a route reads.
 * Source: OWASP ASVS 5.0 V8.3.2 and V15.4.2 (no time between check and use).
 */

import type { Authority, Denial, OwnerProof } from '../../store/authority.ts'
import type { UserRow } from '../../store/user-row.ts'
import { aliveAt } from './alive.ts'
import { and, eq } from './drizzle.ts'
import type { SqliteConnection } from './open.ts'
import { placeholder } from './placeholder.ts'
import { sessions } from './tables.ts'

export interface Standing {
  /**
   * Returns whether the caller's session is alive, and the account is enabled and has the proved
   * password.
   */
  isOwner(user: UserRow | undefined, by: OwnerProof, at: number): boolean
  /** Returns why a change of accounts with these roles is denied, or null if it is allowed. */
  denial(by: Authority, roles: readonly string[], at: number): Denial | null
}

export function createStanding(
  { db }: SqliteConnection,
  userById: (id: string) => UserRow | undefined,
): Standing {
  const alive = db
    .select({ id: sessions.id })
    .from(sessions)
    .where(
      and(
        eq(sessions.id, placeholder(sessions.id, 'sid')),
        eq(sessions.userId, placeholder(sessions.userId, 'userId')),
        aliveAt('at'),
      ),
    )
    .prepare()

  const isAlive = (sid: string, { id: userId, disabledAt }: UserRow, at: number): boolean =>
    disabledAt === null && alive.get({ sid, userId, at }) !== undefined

  return {
    isOwner: (user, { sid, passwordChangedAt }, at) =>
      user !== undefined && user.passwordChangedAt === passwordChangedAt && isAlive(sid, user, at),

    denial({ userId, sid, reaches }, roles, at) {
      const actor = userById(userId)
      if (actor === undefined || !isAlive(sid, actor, at)) return 'session-ended'
      if (actor.passwordChangeRequiredAt !== null) return 'password-change-required'
      return roles.every((role) => reaches(actor.role, role)) ? null : 'protected'
    },
  }
}
