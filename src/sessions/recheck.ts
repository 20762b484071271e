/**
 * Checks a caller again, later in the request than its authentication.
 *
 * Threat: a client delays its body or its reading of the response, and is served after its session
 * has ended.
 * Guarantee: a caller that was authenticated when the head arrived is checked again when the body
 * is complete. The limits are checked once more when the response leaves. An end of the session, a
 * passed limit or a new role takes effect.
 * Limits: a response that has begun to leave is not stopped.
 */
import type { Roles } from '../access/roles.ts'
import type { Clock } from '../clock.ts'
import { endReason } from '../protocol/rotation.ts'
import { toAccount } from '../store/account.ts'
import { toSessionInfo } from '../store/session-info.ts'
import type { SessionStore } from '../store/sessions.ts'
import type { Identified } from './authentication.ts'
import { endedError, endedSession } from './ended.ts'
import { createPrincipal, type Principal } from './principal.ts'
import type { PrincipalCache } from './principal-cache.ts'

export interface Recheck {
  /**
   * The principal according to the current row. Rejects with SESSION_ENDED. The session was alive
   * when the request arrived, and the browser may have signed in again since. So the refusal leaves
   * its cookies alone.
   */
  recheck(principal: Principal, arrived: number): Promise<Principal>
  /** Whether no session has changed since the caller was identified, and no limit has passed. */
  isStillValid(identified: Identified | null | undefined): boolean
  /**
   * Whether a limit of the session has passed, by the principal's values. Another request may have
   * moved the limit.
   */
  isPastLimit(principal: Principal): boolean
}

export interface RecheckOptions {
  readonly roles: Roles
  readonly store: SessionStore
  readonly clock: Clock
  readonly principalCache: PrincipalCache
}

export function createRecheck({ roles, store, clock, principalCache }: RecheckOptions): Recheck {
  function isPastLimit({ session }: Principal): boolean {
    const now = clock.now()
    return now >= session.idleExpiresAt || now >= session.expiresAt
  }

  return {
    async recheck(principal, arrived) {
      const found = await store.findSession(principal.sid)
      if (found === undefined || found.user.id !== principal.userId) {
        throw endedError(endedSession('unknown', undefined, arrived))
      }
      const { session, user } = found
      const ended = endReason(session, clock.now())
      if (ended !== null) throw endedError(endedSession(ended, session, arrived))
      const { generation, expiresAt } = principal
      const scope = roles.scopeOf(user.role)
      return createPrincipal(toAccount(user), toSessionInfo(session), { scope, generation, expiresAt })
    },

    isStillValid: (identified) =>
      Boolean(
        identified &&
          principalCache.isUnchangedSince(identified.feedVersion) &&
          !isPastLimit(identified.principal),
      ),
    isPastLimit,
  }
}
