import type { AccessClaims } from '../protocol/access-token.ts'

/**
 * The caller of a request, as `request.principal` on every guarded route of a service that verifies.
 * It comes from the access token alone, and is frozen.
 *
 * @example
 * app.get('/movies', { config: { auth: 'signed-in' } }, async ({ principal }) => principal.userId)
 */
export interface VerifiedPrincipal {
  readonly userId: string
  readonly sid: string
  readonly role: string
  /** Permissions, separated by spaces. Empty if the role has none. */
  readonly scope: string
  /** Generation of the refresh token that was issued together with the access token, from 1. */
  readonly generation: number
  /** Expiry of the access token, in milliseconds since the Unix epoch. */
  readonly expiresAt: number
  /** All claims of the access token. */
  readonly claims: AccessClaims
}

export const createVerifiedPrincipal = (claims: AccessClaims): VerifiedPrincipal =>
  Object.freeze({
    userId: claims.sub,
    sid: claims.sid,
    role: claims.role,
    scope: claims.scope,
    generation: claims.gen,
    expiresAt: claims.exp * 1_000,
    claims,
  })
