/**
 * The grants of the token endpoint (RFC 6749 sections 4.3 and 6). They are for clients that keep
 * tokens themselves: command line tools, mobile applications, other services. Browsers use cookies
 * and never see a token.
 */

import { AuthError, type AuthErrorCode } from '../errors.ts'
import type { Issuance } from '../sessions/issuance.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { RefreshRequest } from '../sessions/verdicts.ts'
import type { SignIn } from './sign-in.ts'

export interface TokenRequest {
  readonly grant_type?: string
  readonly username?: string
  readonly password?: string
  readonly refresh_token?: string
}

export interface TokenGrants {
  exchange(
    request: TokenRequest,
    by: Pick<RefreshRequest, 'arrived' | 'client' | 'isGone'>,
  ): Promise<Issuance>
}

export function createTokenGrants(signIn: SignIn, sessions: Sessions): TokenGrants {
  return {
    async exchange(request, by) {
      switch (request.grant_type) {
        case 'password': {
          const [username, password] = [required(request, 'username'), required(request, 'password')]
          const { refresh_token: refreshToken } = request
          return signIn.withPassword(username, password, { ...by, remember: true, refreshToken })
        }
        case 'refresh_token':
          return sessions.refresh(required(request, 'refresh_token'), by)
        case undefined:
          throw missing('grant_type')
        default:
          throw new AuthError('UNSUPPORTED_GRANT_TYPE')
      }
    },
  }
}

function required(request: TokenRequest, name: keyof TokenRequest): string {
  const value = request[name]
  if (value === undefined || value === '') throw missing(name)
  return value
}

const missing = (name: string): AuthError =>
  new AuthError('INVALID_REQUEST', { message: `The parameter ${name} is missing` })

/** RFC 6749 section 5.2: an invalid grant is a 400 at this endpoint, and a 401 elsewhere. */
const INVALID_GRANT: ReadonlySet<AuthErrorCode> = new Set([
  'LOGIN_FAILED',
  'TOKEN_INVALID',
  'SESSION_ENDED',
  'REFRESH_LATE',
  'REFRESH_REUSED',
])

export interface OAuthRefusal {
  readonly status: number
  readonly body: { readonly error: string; readonly error_description: string }
}

/** An error in the shape that OAuth clients expect. */
export function toOAuthRefusal({ code, statusCode, message }: AuthError): OAuthRefusal {
  const as = (status: number, error: string) => ({ status, body: { error, error_description: message } })
  if (code === 'CLIENT_INVALID') return as(401, 'invalid_client')
  if (INVALID_GRANT.has(code)) return as(400, 'invalid_grant')
  if (code === 'UNSUPPORTED_GRANT_TYPE') return as(400, 'unsupported_grant_type')
  if (statusCode === 429 || statusCode === 503) return as(statusCode, 'temporarily_unavailable')
  if (statusCode === 500) return as(500, 'server_error')
  return as(statusCode, 'invalid_request')
}

/**
 * The same for an endpoint that its callers authenticate at: there a 401 or 403 is about the caller,
 * and not about a grant (RFC 6750 section 3.1).
 */
export function toProtectedRefusal(refusal: AuthError): OAuthRefusal {
  const { code, statusCode, message } = refusal
  const as = (error: string) => ({ status: statusCode, body: { error, error_description: message } })
  if (statusCode === 401 && code !== 'CLIENT_INVALID') return as('invalid_token')
  if (code === 'ACCESS_FORBIDDEN' || code === 'PASSWORD_CHANGE_REQUIRED') return as('insufficient_scope')
  return toOAuthRefusal(refusal)
}
