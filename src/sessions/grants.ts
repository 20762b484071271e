/**
 * Grants: the pair of tokens that a session's current generation is worth, and the principal behind them.
 */
import type { Roles } from '../access/roles.ts'
import type { Clock } from '../clock.ts'
import { type AccessTokenCodec, accessClaims } from '../protocol/access-token.ts'
import { idleLimitAfterReissue, idleLimitAfterRotation } from '../protocol/idle-limit.ts'
import type { RefreshTokens } from '../protocol/refresh-token.ts'
import { isFirstUse, receiptProvableFrom } from '../protocol/rotation.ts'
import type { Session, SessionWithUser } from '../store/sessions.ts'
import type { Principal, Principals } from './principals.ts'

export interface SessionSettings {
  readonly issuer: string
  readonly audience: string
  readonly accessTtlSeconds: number
  readonly graceSeconds: number
  readonly settleSeconds: number
  readonly idleTtlSeconds: number
  readonly idleTtlUnrememberedSeconds: number
  readonly sessionTtlSeconds: number
  /** How many sessions an account may have at once. */
  readonly maxSessionsPerUser: number
}

export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
  /** How long the access token is good, in whole seconds. */
  readonly expiresInSeconds: number
  /** How long the refresh token is good if it is not used, in whole seconds. */
  readonly refreshExpiresInSeconds: number
}

/** What became of the session when it was granted its tokens. */
export type Outcome = 'begun' | 'rotated' | 'held' | 'reissued' | 'fell-back' | 'forwarded'

/** The right to the tokens of a session's current generation. */
export interface Grant {
  readonly principal: Principal
  readonly outcome: Outcome
  /**
   * Makes the tokens. To be called as the response leaves: their life, and the settle time of the cookies they
   * travel in, begin now, and not before a handler that may take its time.
   */
  tokens(): Tokens
}

export interface Grants {
  /** @param ticket drawn from the principals before the row was read */
  grant(found: SessionWithUser, ticket: number, outcome: Outcome): Grant
  /** Who somebody is by an access token of `generation`. Times are milliseconds since the Unix epoch. */
  principal(found: SessionWithUser, generation: number, issuedAt: number, expiresAt: number): Principal
  /** When a session that rotates at `now` runs out if it is not refreshed again. */
  idleLimit(session: Pick<Session, 'remember' | 'expiresAt'>, now: number): number
  /** The same for a session that is handed its newest token again; 0 leaves the limit alone. */
  idleLimitOfReissue(session: Session, now: number): number
}

export interface GrantsOptions {
  readonly roles: Roles
  readonly clock: Clock
  readonly refreshTokens: RefreshTokens
  readonly accessTokens: AccessTokenCodec
  readonly principals: Principals
  readonly settings: SessionSettings
}

const NEVER = Number.POSITIVE_INFINITY

export function createGrants(options: GrantsOptions): Grants {
  const { roles, clock, refreshTokens, accessTokens, principals, settings } = options
  const { issuer, audience, accessTtlSeconds: ttlSeconds } = settings
  const settleMs = settings.settleSeconds * 1_000
  const idleMsOf = ({ remember }: Pick<Session, 'remember'>): number =>
    (remember ? settings.idleTtlSeconds : settings.idleTtlUnrememberedSeconds) * 1_000

  const principal: Grants['principal'] = ({ session, user }, generation, issuedAt, expiresAt) => {
    const provableFrom = receiptProvableFrom(session, generation, issuedAt, settleMs) ?? NEVER
    const isUseDue = isFirstUse(session, generation)
    return {
      userId: user.id,
      sid: session.id,
      role: user.role,
      scope: roles.scopeOf(user.role),
      generation,
      user,
      session,
      expiresAt,
      dueFrom: isUseDue ? 0 : provableFrom,
      isUseDue,
      receiptProvableFrom: provableFrom,
    }
  }

  function makeTokens(found: SessionWithUser, ticket: number, now: number): Tokens {
    const { session, user } = found
    const claims = accessClaims(session, user, {
      issuer,
      audience,
      scope: roles.scopeOf(user.role),
      ttlSeconds,
      now,
    })
    const accessToken = accessTokens.sign(claims)
    const caller = principal(found, session.generation, now, claims.exp * 1_000)
    const refreshToken = refreshTokens.derive(session.id, session.generation, session.seed)
    principals.remember(accessToken, caller, ticket)
    principals.rememberNewest(refreshToken, session, ticket)
    return {
      accessToken,
      refreshToken,
      expiresInSeconds: Math.max(0, claims.exp - claims.iat),
      refreshExpiresInSeconds: Math.max(0, Math.floor((session.idleExpiresAt - now) / 1_000)),
    }
  }

  return {
    principal,

    grant(found, ticket, outcome) {
      const now = clock.now()
      let made: { readonly second: number; readonly tokens: Tokens } | undefined
      return {
        outcome,
        principal: principal(found, found.session.generation, now, now),
        tokens() {
          const madeAt = clock.now()
          const second = Math.floor(madeAt / 1_000)
          // Requests that share a grant share its tokens: within one second they would come out the same anyway.
          if (made?.second !== second) made = { second, tokens: makeTokens(found, ticket, madeAt) }
          return made.tokens
        },
      }
    },

    idleLimit: (session, now) => idleLimitAfterRotation(session, now, idleMsOf(session)),
    idleLimitOfReissue: (session, now) =>
      idleLimitAfterReissue(session, now, idleMsOf(session), NEAR_LIMIT_LIVES * ttlSeconds * 1_000),
  }
}

/** An access token of the usual life, and as much again for the client to come back. */
const NEAR_LIMIT_LIVES = 2
