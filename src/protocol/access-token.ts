/**
 * Access tokens: short-lived JWTs with the claims of RFC 9068, and with `sid`, `gen` and `role`.
 *
 * Threat: a JWT that the same key signed for another purpose is accepted as an access token.
 * Guarantee: each claim has its expected type. The times are compared with the arrival of the
 * request.
 * Limits: the codec checks the signature, the algorithm, `typ`, `iss` and `aud`, not this module.
 * Source: RFC 9068 (claims), RFC 7519 (JWT).
 */

/**
 * The `client_id` of every access token. The service issues tokens to one client, its own
 * application. RFC 9068 section 2.2 requires a name for it, and verifiers can compare a constant.
 */
export const CLIENT_ID = 'tacit'

/** The claims of an access token (RFC 9068 section 2.2). Times are seconds since the Unix epoch. */
export interface AccessClaims {
  readonly iss: string
  readonly aud: string
  readonly client_id: string
  /** Id of the token, unique for each token: base64url of 128 random bits. */
  readonly jti: string
  /** Id of the account (RFC 7519 section 4.1.2): a UUIDv7. `user_id` is the same value. */
  readonly sub: string
  readonly user_id: string
  /** Id of the session: base64url of 128 bits. */
  readonly sid: string
  /** Generation of the refresh token that was issued with this access token: an integer. */
  readonly gen: number
  readonly role: string
  /** Permissions separated by spaces (RFC 6749 section 3.3). */
  readonly scope: string
  /** When the token was issued. */
  readonly iat: number
  /** From when on the token has expired. */
  readonly exp: number
  /** When the user last signed in (OpenID Connect Core section 2). */
  readonly auth_time: number
  /**
   * Whether the owner has confirmed the address (OpenID Connect Core section 5.1). Tokens of earlier
   * versions do not have it.
   */
  readonly email_verified?: boolean
}

/** Signs claims and verifies signatures. */
export interface AccessTokenCodec {
  /** Returns the token in JWS compact serialization (RFC 7515 section 7.1). */
  sign(claims: AccessClaims): string
  /**
   * Returns the payload of a token that this service signed for this audience, else null. The
   * payload still has to pass `readAccessClaims` and `timeliness`.
   */
  verify(token: string): unknown
}

/** The part of the claims that comes from neither the session nor the account. */
export interface ClaimsContext {
  readonly issuer: string
  readonly audience: string
  /** Permissions separated by spaces. */
  readonly scope: string
  /** Lifetime of the token. `jitteredTtl` computes it. */
  readonly ttlSeconds: number
  /** The `jti`. */
  readonly tokenId: string
  /** Milliseconds since the Unix epoch. */
  readonly now: number
}

/** The part of a session that its claims contain. Times are milliseconds since the Unix epoch. */
export interface ClaimedSession {
  /** The `sid`. */
  readonly id: string
  readonly generation: number
  readonly authenticatedAt: number
  readonly idleExpiresAt: number
  readonly expiresAt: number
}

/** The part of an account that its claims contain. */
export interface ClaimedUser {
  /** A UUIDv7. */
  readonly id: string
  readonly role: string
  /** Since when the address is confirmed, or null. */
  readonly emailConfirmedAt: number | null
}

/** Lifetimes differ by at most this share, so that tokens of one second expire apart. */
const MAX_JITTER = 0.05

/** The jitter is whole seconds, as `exp` is. A token of less than 20 seconds has none. */
const maxJitterSeconds = (ttlSeconds: number): number => Math.floor(ttlSeconds * MAX_JITTER)

/**
 * Returns the lifetime of one access token: `ttlSeconds`, or up to 5 % less. Without that, clients
 * that signed in together would refresh together.
 * @param random from 0 up to, and not including, 1; 0 gives the whole lifetime
 */
export const jitteredTtl = (ttlSeconds: number, random: number): number =>
  ttlSeconds - Math.floor(random * (maxJitterSeconds(ttlSeconds) + 1))

/** Returns the shortest lifetime that `jitteredTtl` can return. */
export const shortestTtl = (ttlSeconds: number): number => ttlSeconds - maxJitterSeconds(ttlSeconds)

/**
 * Returns the claims for the current generation of a session. `exp` is never after the idle limit
 * or the hard limit of the session.
 */
export function accessClaims(
  session: ClaimedSession,
  user: ClaimedUser,
  context: ClaimsContext,
): AccessClaims {
  const endsAt = Math.min(context.now + context.ttlSeconds * 1_000, session.idleExpiresAt, session.expiresAt)
  return {
    iss: context.issuer,
    aud: context.audience,
    client_id: CLIENT_ID,
    jti: context.tokenId,
    sub: user.id,
    user_id: user.id,
    sid: session.id,
    gen: session.generation,
    role: user.role,
    scope: context.scope,
    iat: Math.floor(context.now / 1_000),
    exp: Math.floor(endsAt / 1_000),
    auth_time: Math.floor(session.authenticatedAt / 1_000),
    email_verified: user.emailConfirmedAt !== null,
  }
}

/** 13 digits: a refresh token has 40 bits for the generation. */
const MAX_GENERATION = 2 ** 40 - 1
/** The largest time with ten digits, in seconds: a moment in the year 2286. */
const MAX_TIME_SECONDS = 9_999_999_999

/**
 * Returns the longest claims that an account with this role can have. The check of the cookie's
 * size signs them at the start.
 */
export function largestClaims(
  role: string,
  scope: string,
  { issuer: iss, audience: aud }: Pick<ClaimsContext, 'issuer' | 'audience'>,
): AccessClaims {
  const userId = '0'.repeat(36)
  const sid = '0'.repeat(22)
  const ids = { client_id: CLIENT_ID, jti: '0'.repeat(22) }
  const times = { iat: MAX_TIME_SECONDS, exp: MAX_TIME_SECONDS, auth_time: MAX_TIME_SECONDS }
  const account = { sub: userId, user_id: userId, role, scope, email_verified: false }
  return { iss, aud, ...ids, ...account, sid, gen: MAX_GENERATION, ...times }
}

/** Returns the payload of a token whose signature has been verified before. */
export const payloadOf = (token: string): unknown =>
  JSON.parse(Buffer.from(token.slice(token.indexOf('.') + 1, token.lastIndexOf('.')), 'base64url').toString())

const STRING_CLAIMS = ['client_id', 'jti', 'sub', 'sid', 'role', 'scope'] as const
const INTEGER_CLAIMS = ['gen', 'iat', 'exp', 'auth_time'] as const

/**
 * Returns the payload as claims, or null if a claim is missing or has another type. `iss` and `aud`
 * are not read: the codec has compared them.
 */
export function readAccessClaims(payload: unknown): AccessClaims | null {
  if (typeof payload !== 'object' || payload === null) return null
  const claims = payload as Record<string, unknown>
  if (STRING_CLAIMS.some((name) => typeof claims[name] !== 'string')) return null
  if (INTEGER_CLAIMS.some((name) => !Number.isSafeInteger(claims[name]))) return null
  if (!['boolean', 'undefined'].includes(typeof claims.email_verified)) return null
  return claims as unknown as AccessClaims
}

/**
 * Returns whether a token has expired, or is not valid yet, when the request arrives. `nbf` is
 * checked if the token has it (RFC 7519 section 4.1.5).
 * @param arrived when the request's head arrived, in milliseconds since the Unix epoch
 */
export function timeliness(claims: AccessClaims, arrived: number): 'good' | 'expired' | 'premature' {
  const { nbf } = claims as { nbf?: unknown }
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf * 1_000 <= arrived)) return 'premature'
  return arrived < claims.exp * 1_000 ? 'good' : 'expired'
}
