/**
 * What the rest of the service, a handler and a log may know of a session.
 *
 * Threat: a handler answers with the caller's session, or logs it, and publishes the seed of its refresh tokens.
 * Guarantee: the information holds no secret. A row holds one, and does not compile where the information is expected.
 */

/** A session without its secrets. Times are milliseconds since the Unix epoch. */
export interface SessionInfo {
  /** The `sid`: base64url of 128 random bits. It is not a credential. */
  readonly id: string
  /** The session's account: a UUIDv7. */
  readonly userId: string
  /** When the user last signed in for this session. */
  readonly authenticatedAt: number
  readonly createdAt: number
  /** Whether the user asked to stay signed in when the browser closes. */
  readonly remember: boolean
  /** Whether the client receives its tokens as cookies. */
  readonly isByCookie: boolean
  /** When the session ends if it is not refreshed. */
  readonly idleExpiresAt: number
  /** When the session ends in any case. */
  readonly expiresAt: number
  /** When the session was revoked; null if it was not. */
  readonly revokedAt: number | null
  /** The client's address at the last rotation, or at the sign-in. */
  readonly ip: string
  /** The client's User-Agent header at the last rotation, or at the sign-in. */
  readonly userAgent: string
  /** When the session was last rotated, or began. */
  readonly lastSeenAt: number
  /** Only a row has this. A row is no information for others. */
  readonly seed?: never
}

/** Copies the public part of a row. */
export const toSessionInfo = (from: Omit<SessionInfo, 'seed'>): SessionInfo =>
  Object.freeze({
    id: from.id,
    userId: from.userId,
    authenticatedAt: from.authenticatedAt,
    createdAt: from.createdAt,
    remember: from.remember,
    isByCookie: from.isByCookie,
    idleExpiresAt: from.idleExpiresAt,
    expiresAt: from.expiresAt,
    revokedAt: from.revokedAt,
    ip: from.ip,
    userAgent: from.userAgent,
    lastSeenAt: from.lastSeenAt,
  })
