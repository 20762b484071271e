/**
 * The refusals of a route in OpenAPI. Codes, statuses and messages come from the table of errors,
 * so the document matches the service.
 */
import { isForClients, isForUsers } from '../access/admission.ts'
import type { Guard } from '../access/guards.ts'
import { AuthError, type AuthErrorCode, authErrorCodes } from '../errors.ts'
import { STATUS_CODES } from '../http/statuses.ts'
import { toOAuthRefusal, toProtectedRefusal } from '../sign-in/token-endpoint.ts'
import { CHALLENGE, challenge, type HeaderObject, RETRY_AFTER, SCOPE_CHALLENGE } from './challenges.ts'
import { possibleRefusals, type RouteFacts } from './refusals.ts'

/** A response of OpenAPI. */
export interface ResponseObject {
  readonly description: string
  readonly headers?: Readonly<Record<string, HeaderObject>>
  readonly content: { readonly 'application/json': { readonly schema: object; readonly examples: object } }
}

/**
 * `service`: the shape of all other routes. `oauth`: the shape of RFC 6749 section 5.2.
 * `oauth-protected`: the same for an endpoint that its callers authenticate at.
 */
export type RefusalShape = 'service' | 'oauth' | 'oauth-protected'

export const COOKIES: HeaderObject = {
  description: 'The session cookies, renewed or cleared. A sign-in also sets the device cookie.',
  schema: { type: 'string' },
}

const BASIC_REALM = 'Basic realm="https://auth.example.com", charset="UTF-8"'
const CLIENT_CHALLENGE = challenge('RFC 7617 section 2.', '^Basic realm=', BASIC_REALM)
const EITHER_CHALLENGE = challenge(
  'RFC 7617 section 2, or with a token of a user RFC 6750 section 3.',
  '^(Basic|Bearer) realm=',
  BASIC_REALM,
)

const challengeFor = (guard: Guard): HeaderObject => {
  if (!isForClients(guard)) return CHALLENGE
  return guard.or === undefined ? CLIENT_CHALLENGE : EITHER_CHALLENGE
}

const count = (description: string): HeaderObject => ({
  description,
  required: true,
  schema: { type: 'integer', minimum: 0 },
})

/**
 * Of the limit that refuses: of an address, of a signed-in session, or of requests with a password.
 */
const RATE_LIMIT = {
  'RateLimit-Limit': count('Maximum number of requests per minute'),
  'RateLimit-Remaining': count('Number of requests left in this minute'),
  'RateLimit-Reset': count('Seconds until the minute ends'),
}

/**
 * After these refusals the browser's cookies are useless. A route that sets cookies clears them.
 */
const CLEARING_COOKIES: readonly AuthErrorCode[] = ['SESSION_ENDED', 'REFRESH_REUSED']

interface Example {
  readonly code: AuthErrorCode
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

const shapes: Readonly<Record<RefusalShape, (error: AuthError) => Omit<Example, 'code'>>> = {
  service: ({ code, statusCode, message }) => ({
    status: statusCode,
    body: { statusCode, code, error: STATUS_CODES[statusCode], message },
  }),
  oauth: toOAuthRefusal,
  'oauth-protected': toProtectedRefusal,
}

/** What the document needs to know about a route. */
export interface Contract extends RouteFacts {
  /** Whether a public route sets or clears cookies. */
  readonly cookies: boolean
  readonly shape: RefusalShape
}

/** Returns one response for each status, with an example for each code. */
export function refusalResponses(contract: Contract, method: string): Record<string, ResponseObject> {
  const { guard, cookies, shape } = contract
  const { early, late } = possibleRefusals(contract, method)
  const possible = authErrorCodes.filter((code) => early.includes(code) || late.includes(code))
  const examples = possible.map((code): Example => ({ code, ...shapes[shape](new AuthError(code)) }))
  const grouped = Object.entries(Object.groupBy(examples, ({ status }) => status)) as [string, Example[]][]
  return Object.fromEntries(
    grouped.map(([status, group]) => {
      const codes = group.map(({ code }) => code)
      const changesCookies = codes.some(
        (code) => late.includes(code) && (isForUsers(guard) || (cookies && CLEARING_COOKIES.includes(code))),
      )
      const headers = {
        ...(status === '401' && { 'WWW-Authenticate': challengeFor(guard) }),
        ...(codes.includes('ACCESS_FORBIDDEN') && { 'WWW-Authenticate': SCOPE_CHALLENGE }),
        ...((status === '429' || status === '503') && { 'Retry-After': RETRY_AFTER }),
        ...(status === '429' && RATE_LIMIT),
        ...(changesCookies && { 'Set-Cookie': COOKIES }),
      }
      return [status, { description: described(codes), headers, content: content(shape, group) }]
    }),
  )
}

const described = (codes: readonly AuthErrorCode[]): string =>
  [...new Set(codes.map((code) => new AuthError(code).message))].join('. Or: ')

function content(shape: RefusalShape, examples: readonly Example[]): ResponseObject['content'] {
  const [component, key] = shape === 'service' ? ['Error', 'code'] : ['OAuthError', 'error']
  const known = [...new Set(examples.map(({ body }) => body[key as string]))]
  const schema = {
    allOf: [
      { $ref: `#/components/schemas/${component}` },
      { type: 'object', properties: { [key as string]: { enum: known } } },
    ],
  }
  return {
    'application/json': {
      schema,
      examples: Object.fromEntries(examples.map(({ code, body }) => [code, { value: body }])),
    },
  }
}
