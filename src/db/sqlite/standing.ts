/**
 * What has to hold of the caller at the moment of a change. To be asked inside the transaction that makes the change.
 *
 * Threat: a change that was judged before it is made. Its caller was demoted, disabled or signed out in between.
 * Guarantee: the rows of the caller's session and account are read in the transaction, so that no other change comes between.
 * Limits: what the transaction does not change is not judged, such as the answer that a reading route gives.
 * Source: OWASP ASVS 5.0 V8.3.2 and V15.4.2 (no time between check and use).
 */

import type { Authority, Denial, OwnerProof } from '../../store/authority.ts'
import type { User } from '../../store/users.ts'
import { aliveAt } from './alive.ts'
import { and, eq } from './drizzle.ts'
import type { SqliteConnection } from './open.ts'
import { placeholder } from './placeholder.ts'
import { sessions } from './tables.ts'

export interface Standing {
  /** Whether the session that asks is alive, and the account is enabled and still has the password that was proved. */
  isOwner(user: User | undefined, by: OwnerProof, at: number): boolean
  /** Why a change that concerns accounts of these roles is denied; null when it is not. */
  denial(by: Authority, roles: readonly string[], at: number): Denial | null
}

export function createStanding(
  { db }: SqliteConnection,
  userById: (id: string) => User | undefined,
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

  const isAlive = (sid: string, { id: userId, disabledAt }: User, at: number): boolean =>
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
