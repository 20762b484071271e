/**
 * The refusals of a route as OpenAPI describes them. Codes, statuses and sentences come from the table of errors, so the
 * document says what the service says.
 */
import { AuthError, type AuthErrorCode, authErrorCodes } from '../errors.ts'
import { STATUS_CODES } from '../http/statuses.ts'
import { retryAfter } from '../schemas/error.ts'
import { toOAuthRefusal } from '../sign-in/token-endpoint.ts'
import { possibleRefusals, type RouteFacts } from './refusals.ts'

export interface HeaderObject {
  readonly description: string
  readonly required?: true
  readonly schema: object
}

export interface ResponseObject {
  readonly description: string
  readonly headers?: Readonly<Record<string, HeaderObject>>
  readonly content: { readonly 'application/json': { readonly schema: object; readonly examples: object } }
}

/** `service`: as everywhere; `oauth`: as RFC 6749 section 5.2 has it. */
export type RefusalShape = 'service' | 'oauth'

export const COOKIES: HeaderObject = {
  description: 'The session cookies, renewed or cleared; after signing in also that of the device',
  schema: { type: 'string' },
}

const CHALLENGE: HeaderObject = {
  description: 'RFC 6750 section 3; an error is named where a token was presented',
  required: true,
  schema: {
    type: 'string',
    pattern: '^Bearer realm=',
    examples: ['Bearer realm="https://auth.example.com"'],
  },
}

const SCOPE_CHALLENGE: HeaderObject = {
  description:
    'RFC 6750 section 3.1, where a bearer token permits too little: with the permission, if one is enough',
  schema: {
    type: 'string',
    pattern: 'error="insufficient_scope"',
    examples: ['Bearer realm="https://auth.example.com", error="insufficient_scope", scope="users:read"'],
  },
}

const { description, ...seconds } = retryAfter['Retry-After']
const RETRY_AFTER: HeaderObject = { description, required: true, schema: seconds }

const count = (description: string): HeaderObject => ({
  description,
  required: true,
  schema: { type: 'integer', minimum: 0 },
})

/** Of whichever limit refuses: that of an address, of a caller who is known, or of what takes a password. */
const RATE_LIMIT = {
  'RateLimit-Limit': count('Requests a minute'),
  'RateLimit-Remaining': count('Requests that are left'),
  'RateLimit-Reset': count('Seconds until the minute is over'),
}

/** After these, the cookies a browser still has are good for nothing: a route that deals in cookies clears them. */
const FINAL: readonly AuthErrorCode[] = ['SESSION_ENDED', 'REFRESH_REUSED']

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
}

/** What a route says of itself. */
export interface Contract extends RouteFacts {
  /** Whether it gives or clears cookies although it is public. */
  readonly cookies: boolean
  readonly shape: RefusalShape
}

/** One response for each status, with an example for each code. */
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
        (code) => late.includes(code) && (guard !== 'public' || (cookies && FINAL.includes(code))),
      )
      const headers = {
        ...(status === '401' && { 'WWW-Authenticate': CHALLENGE }),
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
  const [component, key] = shape === 'oauth' ? ['OAuthError', 'error'] : ['Error', 'code']
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
