import { AuthError, type NamedSession } from '../errors.ts'
import { type Ended, endedError } from './ended.ts'
import type { Principal } from './principal.ts'

/** Why an access token is refused. */
export type TokenRefusal =
  | { readonly kind: 'invalid' }
  /** `stale`: the token is valid, but the role or the permissions of the account have changed. */
  | { readonly kind: 'expired' | 'stale'; readonly session: NamedSession }
  | Ended

export type AuthenticationResult = { readonly kind: 'ok'; readonly principal: Principal } | TokenRefusal

/** The error for a request whose access token was refused. */
export function tokenError(refusal: TokenRefusal): AuthError {
  switch (refusal.kind) {
    case 'invalid':
      return new AuthError('TOKEN_INVALID')
    case 'expired':
      return new AuthError('TOKEN_EXPIRED', { session: refusal.session })
    case 'stale':
      return new AuthError('TOKEN_EXPIRED', { reason: 'stale', session: refusal.session })
    case 'ended':
      return endedError(refusal)
  }
}
