import t from 'tap'
import { AuthError, type AuthErrorCode, authErrorCodes, messageOf, statusOf } from '../src/errors.ts'
import { toOAuthRefusal } from '../src/sign-in/token-endpoint.ts'

const STATUSES: Record<AuthErrorCode, number> = {
  TOKEN_MISSING: 401,
  TOKEN_INVALID: 401,
  TOKEN_EXPIRED: 401,
  COOKIE_AMBIGUOUS: 401,
  SESSION_ENDED: 401,
  REFRESH_LATE: 401,
  REFRESH_REUSED: 401,
  CLIENT_INVALID: 401,
  LOGIN_FAILED: 401,
  ACCESS_FORBIDDEN: 403,
  CROSS_ORIGIN_REFUSED: 403,
  MAIL_OFF: 403,
  REGISTRATION_CLOSED: 403,
  PASSWORD_CHANGE_REQUIRED: 403,
  PASSWORD_INCORRECT: 403,
  REAUTHENTICATION_REQUIRED: 403,
  LINK_INVALID: 400,
  INVALID_REQUEST: 400,
  UNSUPPORTED_GRANT_TYPE: 400,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  REQUEST_TIMEOUT: 408,
  ACCOUNT_EXISTS: 409,
  ADDRESS_CHANGED: 409,
  LAST_ADMINISTRATOR: 409,
  BODY_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  PASSWORD_REJECTED: 422,
  RATE_LIMITED: 429,
  HEADERS_TOO_LARGE: 431,
  INTERNAL: 500,
  SERVER_BUSY: 503,
  STORE_UNAVAILABLE: 503,
  VERIFIER_UNAVAILABLE: 503,
}

t.test('gives each code its status', async (t) => {
  t.strictSame(Object.fromEntries(authErrorCodes.map((code) => [code, statusOf(code)])), STATUSES)
})

t.test('an error has its code, its status and its message', async (t) => {
  for (const code of authErrorCodes) {
    const error = new AuthError(code)
    t.match(error, { name: 'AuthError', code, statusCode: statusOf(code), message: messageOf(code) })
    t.equal(error.reason, undefined)
    t.equal(error.retryAfterSeconds, undefined)
    t.equal(error.cause, undefined)
  }
})

t.test('an error that is made after a refusal has a stack', async (t) => {
  const refusal = new AuthError('TOKEN_INVALID')
  t.notMatch(refusal.stack, /\n/, 'the refusal itself has none')
  t.match(new Error('a fault').stack, /\n +at /)
})

t.test('every reason of a 401 has the same message', async (t) => {
  const sentences = authErrorCodes
    .filter((code) => statusOf(code) === 401 && code !== 'LOGIN_FAILED')
    .map(messageOf)
  t.strictSame(new Set(sentences), new Set(['Could not validate credentials']))
})

t.test('keeps details: a more precise message, a reason, a time and a cause', async (t) => {
  const cause = new Error('underneath')
  const error = new AuthError('SERVER_BUSY', {
    message: 'Later',
    reason: 'full',
    retryAfterSeconds: 2,
    cause,
  })
  t.match(error, { message: 'Later', reason: 'full', retryAfterSeconds: 2, cause })
})

t.test('gives every code an OAuth error of RFC 6749 section 5.2', async (t) => {
  const words: Partial<Record<AuthErrorCode, readonly [number, string]>> = {
    TOKEN_INVALID: [400, 'invalid_grant'],
    SESSION_ENDED: [400, 'invalid_grant'],
    REFRESH_LATE: [400, 'invalid_grant'],
    REFRESH_REUSED: [400, 'invalid_grant'],
    LOGIN_FAILED: [400, 'invalid_grant'],
    CLIENT_INVALID: [401, 'invalid_client'],
    UNSUPPORTED_GRANT_TYPE: [400, 'unsupported_grant_type'],
    RATE_LIMITED: [429, 'temporarily_unavailable'],
    SERVER_BUSY: [503, 'temporarily_unavailable'],
    STORE_UNAVAILABLE: [503, 'temporarily_unavailable'],
    VERIFIER_UNAVAILABLE: [503, 'temporarily_unavailable'],
    INTERNAL: [500, 'server_error'],
  }
  for (const code of authErrorCodes) {
    const [status, error] = words[code] ?? [statusOf(code), 'invalid_request']
    const body = { error, error_description: messageOf(code) }
    t.strictSame(toOAuthRefusal(new AuthError(code)), { status, body }, code)
  }
})
