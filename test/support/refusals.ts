import { STATUS_CODES } from 'node:http'
import type { LightMyRequestResponse } from 'fastify'
import type { Test } from 'tap'

const REALM = 'http://localhost'
export const UNPROVED = 'Could not validate credentials'
export const FORBIDDEN = 'Access forbidden: Insufficient permissions'

export interface Refusal {
  readonly status: number
  readonly code: string
  /** The whole message, or a pattern for it. */
  readonly message: string | RegExp
  readonly reason?: string
}

/** Whether a response is this refusal: status, exact body, and the challenge of a 401. */
export function isRefusal(
  t: Test,
  response: LightMyRequestResponse,
  refusal: Refusal,
  title = refusal.code,
): void {
  const { status, code, message, reason } = refusal
  t.equal(response.statusCode, status, title)
  t.match(response.headers['content-type'], /^application\/json/)
  const body = response.json()
  if (message instanceof RegExp) t.match(body.message, message)
  t.strictSame(body, {
    statusCode: status,
    code,
    error: STATUS_CODES[status],
    message: message instanceof RegExp ? body.message : message,
    ...(reason && { reason }),
  })
  t.equal(response.headers['www-authenticate'], challengeOf(refusal))
}

/**
 * RFC 6750 section 3: the challenge names an error only if a token was presented. RFC 7617 section
 * 2.1 has the challenge for clients.
 */
function challengeOf({ status, code }: Refusal): string | undefined {
  if (status !== 401) return undefined
  if (code === 'CLIENT_INVALID') return `Basic realm="${REALM}", charset="UTF-8"`
  const presented = code !== 'TOKEN_MISSING' && code !== 'LOGIN_FAILED'
  return `Bearer realm="${REALM}"${presented ? ', error="invalid_token"' : ''}`
}

/** The refusal of a caller who is not signed in. */
export const unproved = (code: string, reason?: string): Refusal => ({
  status: 401,
  code,
  message: UNPROVED,
  ...(reason && { reason }),
})

/** A request that is not well formed. */
export const malformed = (message: string): Refusal => ({ status: 400, code: 'INVALID_REQUEST', message })
