/**
 * Access tokens: short-lived JWTs with the claims of RFC 9068, and what this service adds (`sid`, `gen`, `role`).
 *
 * The signature, the algorithm, `typ`, `iss` and `aud` are checked by the codec that is handed in. Time is checked
 * here, against the moment the request arrived; and every claim is checked for its type, because a key may one day
 * sign something else.
 */

export interface AccessClaims {
  readonly iss: string
  readonly aud: string
  /** The account, as RFC 7519 names it; `user_id` says the same for those who look for it there. */
  readonly sub: string
  readonly user_id: string
  readonly sid: string
  /** Generation of the refresh token that was handed out together with this token. */
  readonly gen: number
  readonly role: string
  /** Permissions separated by spaces. */
  readonly scope: string
  /** Seconds since the Unix epoch, as are the two below. */
  readonly iat: number
  readonly exp: number
  readonly auth_time: number
}

/** Signs claims and verifies signatures. */
export interface AccessTokenCodec {
  sign(claims: AccessClaims): string
  /** The claims of a token that this service signed for this audience; null for any other. */
  verify(token: string): unknown
}

export interface ClaimsContext {
  readonly issuer: string
  readonly audience: string
  readonly scope: string
  readonly ttlSeconds: number
  /** Milliseconds since the Unix epoch. */
  readonly now: number
}

/** The part of a session that its claims are made of. Times are milliseconds since the Unix epoch. */
export interface ClaimedSession {
  /** The `sid`. */
  readonly id: string
  readonly generation: number
  readonly authenticatedAt: number
  readonly idleExpiresAt: number
  readonly expiresAt: number
}

/** The part of an account that its claims are made of. */
export interface ClaimedUser {
  readonly id: string
  readonly role: string
}

/** Claims for a session's current generation. They never outlive the session. */
export function accessClaims(
  session: ClaimedSession,
  user: ClaimedUser,
  context: ClaimsContext,
): AccessClaims {
  const endsAt = Math.min(context.now + context.ttlSeconds * 1_000, session.idleExpiresAt, session.expiresAt)
  return {
    iss: context.issuer,
    aud: context.audience,
    sub: user.id,
    user_id: user.id,
    sid: session.id,
    gen: session.generation,
    role: user.role,
    scope: context.scope,
    iat: Math.floor(context.now / 1_000),
    exp: Math.floor(endsAt / 1_000),
    auth_time: Math.floor(session.authenticatedAt / 1_000),
  }
}

/** 13 digits: a refresh token has 40 bits for the generation. */
const MAX_GENERATION = 2 ** 40 - 1
/** Ten digits, as in every time until the year 2286. */
const A_TIME = 9_999_999_999

/** Claims that are as long as those of an account with this role can be. */
export function largestClaims(
  role: string,
  scope: string,
  { issuer: iss, audience: aud }: Pick<ClaimsContext, 'issuer' | 'audience'>,
): AccessClaims {
  const userId = '0'.repeat(36)
  const sid = '0'.repeat(22)
  const times = { iat: A_TIME, exp: A_TIME, auth_time: A_TIME }
  return { iss, aud, sub: userId, user_id: userId, sid, gen: MAX_GENERATION, role, scope, ...times }
}

const STRINGS = ['sub', 'sid', 'role', 'scope'] as const
const NUMBERS = ['gen', 'iat', 'exp', 'auth_time'] as const

/** The payload as claims, or null when one is missing or of another type. */
export function readAccessClaims(payload: unknown): AccessClaims | null {
  if (typeof payload !== 'object' || payload === null) return null
  const claims = payload as Record<string, unknown>
  if (STRINGS.some((name) => typeof claims[name] !== 'string')) return null
  if (NUMBERS.some((name) => !Number.isSafeInteger(claims[name]))) return null
  return claims as unknown as AccessClaims
}

/** Whether a token is past its life, or before it, at `arrived` (milliseconds). `nbf` counts where it is given. */
export function timeliness(claims: AccessClaims, arrived: number): 'good' | 'expired' | 'premature' {
  const { nbf } = claims as { nbf?: unknown }
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf * 1_000 <= arrived)) return 'premature'
  return arrived < claims.exp * 1_000 ? 'good' : 'expired'
}
