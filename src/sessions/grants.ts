/**
 * Grants: the pair of tokens that a session's current generation is worth, and the principal behind them.
 */
import { scopeOf } from '../accounts/roles.ts'
import type { Clock } from '../clock.ts'
import type { Session, SessionWithUser } from '../db/store.ts'
import { type AccessTokenCodec, accessClaims } from './access-token.ts'
import type { Principal, Principals } from './principals.ts'
import type { RefreshTokens } from './refresh-token.ts'
import { receiptProvableFrom } from './rotation.ts'

export interface SessionSettings {
  readonly issuer: string
  readonly audience: string
  readonly accessTtlSeconds: number
  readonly graceSeconds: number
  readonly settleSeconds: number
  readonly idleTtlSeconds: number
  readonly idleTtlUnrememberedSeconds: number
  readonly sessionTtlSeconds: number
}

/** A pair of tokens and what they stand for. */
export interface Grant {
  readonly accessToken: string
  readonly refreshToken: string
  readonly principal: Principal
  /** How long the access token is good, in whole seconds. */
  readonly expiresInSeconds: number
  /** How long the refresh token is good if it is not used, in whole seconds. */
  readonly refreshExpiresInSeconds: number
}

export interface Grants {
  /**
   * Signs an access token for the session's current generation and derives its refresh token.
   * @param ticket drawn from the principals before the row was read
   */
  grant(found: SessionWithUser, ticket: number): Grant
  /** @param expiresAt when the token the principal comes from ends, in milliseconds since the Unix epoch */
  principal(found: SessionWithUser, generation: number, expiresAt: number): Principal
  /** When a session that is used at `now` runs out if it is not used again. */
  idleLimit(session: Pick<Session, 'remember' | 'expiresAt'>, now: number): number
}

export interface GrantsOptions {
  readonly clock: Clock
  readonly refreshTokens: RefreshTokens
  readonly accessTokens: AccessTokenCodec
  readonly principals: Principals
  readonly settings: SessionSettings
}

export function createGrants(options: GrantsOptions): Grants {
  const { clock, refreshTokens, accessTokens, principals, settings } = options
  const { issuer, audience, accessTtlSeconds: ttlSeconds } = settings
  const settleMs = settings.settleSeconds * 1_000

  const principal: Grants['principal'] = ({ session, user }, generation, expiresAt) => ({
    userId: user.id,
    sid: session.id,
    role: user.role,
    scope: scopeOf(user.role),
    generation,
    user,
    session,
    expiresAt,
    receiptProvableFrom: receiptProvableFrom(session, generation, settleMs) ?? Number.POSITIVE_INFINITY,
  })

  return {
    principal,

    grant(found, ticket) {
      const { session, user } = found
      const now = clock.now()
      const claims = accessClaims(session, user, {
        issuer,
        audience,
        scope: scopeOf(user.role),
        ttlSeconds,
        now,
      })
      const accessToken = accessTokens.sign(claims)
      const caller = principal(found, session.generation, claims.exp * 1_000)
      principals.remember(accessToken, caller, ticket)
      return {
        accessToken,
        refreshToken: refreshTokens.derive(session.id, session.generation, session.seed),
        principal: caller,
        expiresInSeconds: Math.max(0, claims.exp - claims.iat),
        refreshExpiresInSeconds: Math.max(0, Math.floor((session.idleExpiresAt - now) / 1_000)),
      }
    },

    idleLimit({ remember, expiresAt }, now) {
      const idleSeconds = remember ? settings.idleTtlSeconds : settings.idleTtlUnrememberedSeconds
      return Math.min(now + idleSeconds * 1_000, expiresAt)
    },
  }
}
