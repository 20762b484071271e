/**
 * What an actor may change on another account, at the moment of the change.
 *
 * Threat: an actor who was demoted, disabled or signed out finishes a change that is under way.
 * Support staff sign administrators out.
 * Guarantee: the store checks the actor's rows in the transaction that makes the change. A role
 * reaches an account only if the account's role permits no more than the role itself.
 * Limits: reading another account is not checked here. The route's guard checks it.
 * Source: OWASP ASVS 5.0 V8.2.1 and V8.3.2.
 */

import type { Actor, Events } from '../audit/events.ts'
import { AuthError, type AuthErrorCode } from '../errors.ts'
import type { Authority, Denial } from '../store/authority.ts'
import type { Roles } from './roles.ts'

export interface Authorities {
  /** @param permission the permission that the actor's role needs */
  of(by: Actor, permission: string): Authority
  /**
   * Returns the error for a refused change. Records the attempt if the account is protected.
   * @param userId the account; undefined if there is none yet
   */
  refusal(kind: Refused, userId: string | undefined, by: Actor | undefined): Promise<AuthError>
}

type Refused = Denial | 'unknown' | 'last-administrator'

const CODES: Record<Refused, AuthErrorCode> = {
  unknown: 'NOT_FOUND',
  protected: 'ACCESS_FORBIDDEN',
  'last-administrator': 'LAST_ADMINISTRATOR',
  'session-ended': 'SESSION_ENDED',
  'password-change-required': 'PASSWORD_CHANGE_REQUIRED',
}

export function createAuthorities({ roles, events }: { roles: Roles; events: Events }): Authorities {
  return {
    of: ({ userId, sid }, permission) => ({
      userId,
      sid,
      reaches: (role, other) => roles.permits(role, permission) && roles.reaches(role, other),
    }),

    async refusal(kind, userId, by) {
      if (kind === 'protected') {
        const reason = 'a role that permits more than their own'
        await events.record('access-refused', { userId, actorId: by?.userId, client: by?.client, reason })
      }
      return new AuthError(CODES[kind])
    },
  }
}
