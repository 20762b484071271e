/**
 * Issues the access token and the refresh token of a session's current generation, and creates the
 * principal.
 */
import { randomBytes } from 'node:crypto'
import type { Roles } from '../access/roles.ts'
import type { Clock } from '../clock.ts'
import { type AccessTokenCodec, accessClaims, jitteredTtl } from '../protocol/access-token.ts'
import { idleLimitAfterReissue, idleLimitAfterRotation } from '../protocol/idle-limit.ts'
import type { RefreshTokens } from '../protocol/refresh-token.ts'
import { isFirstUse, receiptProvableFrom } from '../protocol/rotation.ts'
import { toAccount } from '../store/account.ts'
import { toSessionInfo } from '../store/session-info.ts'
import type { SessionRow, SessionRowWithUser } from '../store/sessions.ts'
import { createPrincipal, type Principal } from './principal.ts'
import type { CachedPrincipal, PrincipalCache } from './principal-cache.ts'

export interface SessionSettings {
  readonly issuer: string
  readonly audience: string
  /** The longest lifetime of an access token. */
  readonly accessTtlSeconds: number
  readonly graceSeconds: number
  readonly settleSeconds: number
  readonly idleTtlSeconds: number
  readonly idleTtlUnrememberedSeconds: number
  readonly sessionTtlSeconds: number
  /** The largest number of live sessions of an account. */
  readonly maxSessionsPerUser: number
}

export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
  /** Lifetime of the access token, in whole seconds. */
  readonly expiresInSeconds: number
  /** Lifetime of the refresh token if it is not used, in whole seconds. */
  readonly refreshExpiresInSeconds: number
}

/** What happened to the session when its tokens were issued. */
export type Outcome = 'begun' | 'rotated' | 'held' | 'reissued' | 'fell-back' | 'forwarded'

/** The right to the tokens of a session's current generation. The tokens are made later. */
export interface Issuance {
  readonly principal: Principal
  readonly outcome: Outcome
  /**
   * Makes the tokens. Call it when the response leaves. Their lifetime and the settle time then do
   * not include the time of the handler.
   */
  tokens(): Tokens
}

export interface Issuances {
  /** @param feedVersion version of the principal cache, taken before the row was read */
  issue(found: SessionRowWithUser, feedVersion: number, outcome: Outcome): Issuance
  /**
   * The cache entry for an access token of `generation`. Times are milliseconds since the Unix
   * epoch.
   */
  cached(found: SessionRowWithUser, generation: number, issuedAt: number, expiresAt: number): CachedPrincipal
  /** The idle limit of a session that rotates at `now`, in milliseconds since the Unix epoch. */
  idleLimit(session: Pick<SessionRow, 'remember' | 'expiresAt'>, now: number): number
  /**
   * The idle limit of a session that is reissued its newest token at `now`; 0 leaves the limit
   * unchanged.
   */
  idleLimitOfReissue(session: SessionRow, now: number): number
}

export interface IssuancesOptions {
  readonly roles: Roles
  readonly clock: Clock
  readonly refreshTokens: RefreshTokens
  readonly accessTokens: AccessTokenCodec
  readonly principalCache: PrincipalCache
  readonly settings: SessionSettings
  /**
   * A random number from 0 up to, and not including, 1, drawn for each issuance. It shortens the
   * lifetime of the access token: see `jitteredTtl`.
   */
  readonly jitter?: (() => number) | undefined
}

/** RFC 9068 section 2.2 requires a unique `jti`. 128 random bits need no record of those issued. */
const TOKEN_ID_BYTES = 16

const NEVER = Number.POSITIVE_INFINITY

export function createIssuances(options: IssuancesOptions): Issuances {
  const { roles, clock, refreshTokens, accessTokens, principalCache, settings } = options
  // `exp` shows how the lifetime was drawn, so the draw need not be secret.
  const { jitter = Math.random } = options
  const { issuer, audience, accessTtlSeconds } = settings
  const settleMs = settings.settleSeconds * 1_000
  const idleMsOf = ({ remember }: Pick<SessionRow, 'remember'>): number =>
    (remember ? settings.idleTtlSeconds : settings.idleTtlUnrememberedSeconds) * 1_000

  function principalOf({ session, user }: SessionRowWithUser, generation: number, expiresAt: number) {
    const scope = roles.scopeOf(user.role)
    return createPrincipal(toAccount(user), toSessionInfo(session), { scope, generation, expiresAt })
  }

  /** Adds the receipts that a request with the access token must record. */
  function withReceipt(principal: Principal, session: SessionRow, issuedAt: number): CachedPrincipal {
    const { generation } = principal
    const provableFrom = receiptProvableFrom(session, generation, issuedAt, settleMs) ?? NEVER
    const isUseDue = isFirstUse(session, generation)
    return { principal, dueFrom: isUseDue ? 0 : provableFrom, isUseDue, receiptProvableFrom: provableFrom }
  }

  function makeTokens(
    { session, user }: SessionRowWithUser,
    {
      principal,
      feedVersion,
      ttlSeconds,
      now,
    }: { principal: Principal; feedVersion: number; ttlSeconds: number; now: number },
  ): Tokens {
    const { scope } = principal
    const tokenId = randomBytes(TOKEN_ID_BYTES).toString('base64url')
    const claims = accessClaims(session, user, { issuer, audience, scope, ttlSeconds, tokenId, now })
    const accessToken = accessTokens.sign(claims)
    const { generation } = session
    const caller = createPrincipal(principal.user, principal.session, {
      scope,
      generation,
      expiresAt: claims.exp * 1_000,
    })
    const refreshToken = refreshTokens.derive(session.id, generation, session.seed)
    principalCache.remember(accessToken, withReceipt(caller, session, now), feedVersion)
    principalCache.rememberRefreshToken(refreshToken, session, feedVersion)
    return {
      accessToken,
      refreshToken,
      expiresInSeconds: Math.max(0, claims.exp - claims.iat),
      refreshExpiresInSeconds: Math.max(0, Math.floor((session.idleExpiresAt - now) / 1_000)),
    }
  }

  return {
    cached: (found, generation, issuedAt, expiresAt) =>
      withReceipt(principalOf(found, generation, expiresAt), found.session, issuedAt),

    issue(found, feedVersion, outcome) {
      const principal = principalOf(found, found.session.generation, clock.now())
      const ttlSeconds = jitteredTtl(accessTtlSeconds, jitter())
      let made: { readonly second: number; readonly tokens: Tokens } | undefined
      return {
        outcome,
        principal,
        tokens() {
          const now = clock.now()
          const second = Math.floor(now / 1_000)
          // Requests that share an issuance share its tokens while `iat` is the same.
          if (made?.second !== second) {
            const tokens = makeTokens(found, { principal, feedVersion, ttlSeconds, now })
            made = { second, tokens }
          }
          return made.tokens
        },
      }
    },

    idleLimit: (session, now) => idleLimitAfterRotation(session, now, idleMsOf(session)),
    idleLimitOfReissue: (session, now) =>
      idleLimitAfterReissue(session, now, idleMsOf(session), NEAR_LIMIT_LIVES * accessTtlSeconds * 1_000),
  }
}

/** In access token lifetimes: one for the token, and one for the client to return. */
const NEAR_LIMIT_LIVES = 2
