import type { Account } from '../store/account.ts'
import type { SessionInfo } from '../store/session-info.ts'

/**
 * The caller of a request, as `request.principal` on every guarded route. It is frozen and holds no
 * secret, so a handler may log it or return it.
 *
 * @example
 * app.get('/reports', { config: { auth: 'signed-in' } }, async ({ principal }) => ({
 *   owner: principal.userId,
 *   mayPublish: principal.scope.split(' ').includes('reports:publish'),
 * }))
 */
export interface Principal {
  readonly userId: string
  readonly sid: string
  readonly role: string
  /** Permissions, separated by spaces. Empty if the role has none. */
  readonly scope: string
  /** Generation of the refresh token that was issued together with the access token, from 1. */
  readonly generation: number
  readonly user: Account
  readonly session: SessionInfo
  /** Expiry of the access token, in milliseconds since the Unix epoch. */
  readonly expiresAt: number
}

/** The part of a principal that comes from the access token. */
export type PrincipalToken = Pick<Principal, 'scope' | 'generation' | 'expiresAt'>

/**
 * @param user frozen by `toAccount`
 * @param session frozen by `toSessionInfo`
 */
export const createPrincipal = (
  user: Account,
  session: SessionInfo,
  { scope, generation, expiresAt }: PrincipalToken,
): Principal =>
  Object.freeze({
    userId: user.id,
    sid: session.id,
    role: user.role,
    scope,
    generation,
    user,
    session,
    expiresAt,
  })
