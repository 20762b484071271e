/**
 * Tells what a token is worth now, without using it.
 *
 * Threat: an inspection rotates a refresh token, proves a receipt that no client has given, or
 * raises the alarm of a stolen token. Or it calls a token good that a request would be refused with.
 * Guarantee: an inspection writes nothing. A refresh token is judged by the same decision as an
 * exchange. An access token is judged by the same check as a request, and by the row of its session
 * or a cache entry that no change concerns.
 * Limits: the result holds for the moment of the inspection.
 * Source: RFC 7662 section 4, docs/rotation.md.
 */
import { type AccessClaims, payloadOf, readAccessClaims } from '../protocol/access-token.ts'
import { type RefreshTokenClaim, type RefreshTokens, readRefreshToken } from '../protocol/refresh-token.ts'
import { decide, type Verdict, type Windows } from '../protocol/rotation.ts'
import { type Account, toAccount } from '../store/account.ts'
import { type SessionInfo, toSessionInfo } from '../store/session-info.ts'
import type { SessionStore } from '../store/sessions.ts'
import type { Authentication } from './authentication.ts'

export interface InspectedAccessToken {
  readonly kind: 'access'
  readonly claims: AccessClaims
  readonly user: Account
}

export interface InspectedRefreshToken {
  readonly kind: 'refresh'
  readonly session: SessionInfo
  readonly user: Account
}

export type InspectedToken = InspectedAccessToken | InspectedRefreshToken

export interface Inspection {
  /**
   * Inspects an access token or a refresh token. Returns null for a token that the service would
   * refuse at this time. Rejects only if the store is unavailable.
   * @param at in milliseconds since the Unix epoch
   */
  inspect(token: string, at: number): Promise<InspectedToken | null>
}

export interface InspectionOptions extends Windows {
  readonly store: Pick<SessionStore, 'findSession'>
  readonly refreshTokens: RefreshTokens
  readonly authentication: Pick<Authentication, 'principalOf'>
}

const REFUSED: ReadonlySet<Verdict['kind']> = new Set(['ended', 'late', 'reuse'])

export function createInspection(options: InspectionOptions): Inspection {
  const { store, refreshTokens, authentication } = options

  async function accessToken(token: string, at: number): Promise<InspectedToken | null> {
    const principal = await authentication.principalOf(token, at)
    // Such a user has to choose a new password before anything else.
    if (principal === null || principal.user.passwordChangeRequiredAt !== null) return null
    // The signature has been verified, so the claims can be read.
    const claims = readAccessClaims(payloadOf(token)) as AccessClaims
    return { kind: 'access', claims, user: principal.user }
  }

  async function refreshToken(claim: RefreshTokenClaim, at: number): Promise<InspectedToken | null> {
    const found = await store.findSession(claim.sid)
    if (found === undefined) return null
    const { session, user } = found
    if (!refreshTokens.verify(claim, session.seed)) return null
    if (REFUSED.has(decide(session, claim.generation, at, options).kind)) return null
    return { kind: 'refresh', session: toSessionInfo(session), user: toAccount(user) }
  }

  return {
    inspect(token, at) {
      const claim = readRefreshToken(token)
      return claim === null ? accessToken(token, at) : refreshToken(claim, at)
    },
  }
}
