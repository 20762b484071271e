/**
 * Bearer tokens in requests, and the challenges that answer them.
 *
 * Source: RFC 6750.
 */
import { AuthError, type AuthErrorCode } from '../errors.ts'

/**
 * Returns the token of an `Authorization: Bearer` header. Undefined if there is no header, or one
 * of another scheme.
 * @throws AuthError TOKEN_INVALID if the header is malformed
 */
export function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined || !/^bearer\b/i.test(authorization)) return undefined
  const token = /^bearer +([\w.~+/-]+=*)$/i.exec(authorization)?.[1]
  if (token === undefined) throw new AuthError('TOKEN_INVALID')
  return token
}

/** RFC 6750 section 3: the challenge of a 401 names an error only if a token was presented. */
export function bearerChallenge(realm: string, code: AuthErrorCode): string {
  const scheme = `Bearer realm="${realm}"`
  return code === 'TOKEN_MISSING' || code === 'LOGIN_FAILED' ? scheme : `${scheme}, error="invalid_token"`
}

/**
 * RFC 6750 section 3.1: the challenge for a token with too few permissions.
 * @param permission the permission that alone would be enough
 */
export const insufficientScope = (realm: string, permission: string | undefined): string =>
  `Bearer realm="${realm}", error="insufficient_scope"${permission === undefined ? '' : `, scope="${permission}"`}`
