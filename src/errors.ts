/**
 * Every refusal of a request: one error class and one table of codes. A code that is not in the
 * table does not compile, so every refusal has a status and a message.
 */

const CREDENTIALS = 'Could not validate credentials'

/** The browser's cookies are of no more use. All other refusals leave them alone. */
const CLEARS_COOKIES = 'clears cookies'

type Refusal = readonly [status: number, message: string, cookies?: typeof CLEARS_COOKIES]

const REFUSALS = {
  // RFC 6750 section 3.1: without a token, the challenge names no error.
  TOKEN_MISSING: [401, CREDENTIALS],
  TOKEN_INVALID: [401, CREDENTIALS],
  TOKEN_EXPIRED: [401, CREDENTIALS],
  COOKIE_AMBIGUOUS: [401, CREDENTIALS],
  SESSION_ENDED: [401, CREDENTIALS, CLEARS_COOKIES],
  REFRESH_LATE: [401, CREDENTIALS],
  REFRESH_REUSED: [401, CREDENTIALS, CLEARS_COOKIES],
  CLIENT_INVALID: [401, CREDENTIALS],
  LOGIN_FAILED: [401, 'E-mail address or password is not correct'],

  ACCESS_FORBIDDEN: [403, 'Access forbidden: Insufficient permissions'],
  CROSS_ORIGIN_REFUSED: [403, 'This request did not come from a page that this service trusts'],
  MAIL_OFF: [403, 'This service sends no mail: ask an administrator'],
  REGISTRATION_CLOSED: [403, 'Accounts are created by an administrator here'],
  PASSWORD_CHANGE_REQUIRED: [403, 'Choose a new password first'],
  PASSWORD_INCORRECT: [403, 'The current password is not correct'],
  REAUTHENTICATION_REQUIRED: [403, 'Give the current password as currentPassword, or sign in again first'],

  LINK_INVALID: [400, 'This link is not valid any more: ask for a new one'],
  INVALID_REQUEST: [400, 'The request is not well formed'],
  UNSUPPORTED_GRANT_TYPE: [400, 'This grant type is not supported: use password or refresh_token'],
  NOT_FOUND: [404, 'There is nothing here'],
  METHOD_NOT_ALLOWED: [405, 'This path does not support the method: see the Allow header'],
  REQUEST_TIMEOUT: [408, 'The request did not arrive in time'],
  ACCOUNT_EXISTS: [409, 'There is already an account with this e-mail address'],
  ADDRESS_CHANGED: [409, 'The address was changed in the last three days: delete the account later'],
  LAST_ADMINISTRATOR: [409, 'This is the last administrator: give another account the role first'],
  BODY_TOO_LARGE: [413, 'The request body is too large'],
  UNSUPPORTED_MEDIA_TYPE: [
    415,
    'The media type of the request body is not supported here: send application/json',
  ],
  PASSWORD_REJECTED: [422, 'Choose another password'],
  RATE_LIMITED: [429, 'Too many requests'],
  HEADERS_TOO_LARGE: [431, 'The headers of the request are too large'],

  INTERNAL: [500, 'Something went wrong on our side'],
  SERVER_BUSY: [503, 'The service is busy, try again in a moment'],
  STORE_UNAVAILABLE: [503, 'The service cannot reach its data, try again in a moment'],
  // Of a verifier only: it has no key of the issuer, or cannot ask whether a session has ended.
  VERIFIER_UNAVAILABLE: [503, 'Access tokens cannot be verified now, try again in a moment'],
} as const satisfies Record<string, Refusal>

/** A stable code: clients may compare it. */
export type AuthErrorCode = keyof typeof REFUSALS

/** Every code, in the order of the table. */
export const authErrorCodes = Object.keys(REFUSALS) as readonly AuthErrorCode[]

/** Returns the HTTP status of a code. */
export const statusOf = (code: AuthErrorCode): number => REFUSALS[code][0]

/** Returns the message of a code. `AuthErrorDetails` can replace it. */
export const messageOf = (code: AuthErrorCode): string => REFUSALS[code][1]

const clearsCookies = (code: AuthErrorCode): boolean => (REFUSALS[code] as Refusal)[2] === CLEARS_COOKIES

/** The session that a token with a valid signature or MAC names. */
export interface NamedSession {
  /** Base64url of 128 bits. */
  readonly sid: string
  readonly userId: string
}

/** What an AuthError carries in addition to its code. */
export interface AuthErrorDetails {
  /** Replaces the message of the table. Sent to clients: never a token, a password or a row. */
  readonly message?: string
  /** Detail for programs, such as the password rule that was not met. */
  readonly reason?: string
  /** The session that a genuine token names. Recorded, never sent. */
  readonly session?: NamedSession | undefined
  /** The browser may hold newer cookies by now. The refusal leaves them alone, whatever the table says. */
  readonly keepsCookies?: boolean
  /** Whole seconds after which the client may try again. */
  readonly retryAfterSeconds?: number
  /** The error that led to the refusal. Logged, never sent. */
  readonly cause?: unknown
}

/**
 * The refusal of a request. No stack trace: capturing it was the largest cost of rejecting a forged
 * token. A cause keeps its own stack trace.
 */
export class AuthError extends Error {
  override readonly name = 'AuthError'
  readonly code: AuthErrorCode
  readonly statusCode: number
  readonly reason: string | undefined
  readonly session: NamedSession | undefined
  readonly retryAfterSeconds: number | undefined
  /** Whether a browser that showed its refresh token should forget its cookies. */
  readonly clearsCookies: boolean

  constructor(code: AuthErrorCode, details: AuthErrorDetails = {}) {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(details.message ?? messageOf(code), { cause: details.cause })
    Error.stackTraceLimit = stackTraceLimit
    this.code = code
    this.statusCode = statusOf(code)
    this.reason = details.reason
    this.session = details.session
    this.retryAfterSeconds = details.retryAfterSeconds
    this.clearsCookies = clearsCookies(code) && details.keepsCookies !== true
  }
}
