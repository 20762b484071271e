/**
 * What an account may do to another account: as far as its role reaches, at the moment of the change.
 *
 * Threat: an actor who was demoted, disabled or signed out finishes a change that is under way; support staff sign
 * administrators out.
 * Guarantee: the store judges the actor's rows in the transaction that makes the change. A role reaches accounts whose roles
 * permit no more than it does itself.
 * Source: OWASP ASVS 5.0 V8.2.1 and V8.3.2.
 */

import type { Actor, Events } from '../audit/events.ts'
import { AuthError, type AuthErrorCode } from '../errors.ts'
import type { Authority, Denial } from '../store/authority.ts'
import type { Roles } from './roles.ts'

export interface Authorities {
  /** @param permission what the actor's role has to permit */
  of(by: Actor, permission: string): Authority
  /** The error for a change that was refused. An actor's attempt to reach too far is recorded. */
  refusal(kind: Refused, userId: string, by: Actor | undefined): Promise<AuthError>
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
