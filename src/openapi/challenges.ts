/** Headers of refusals in OpenAPI. */
import { retryAfter } from '../schemas/retry-after.ts'

/** A header of OpenAPI. */
export interface HeaderObject {
  readonly description: string
  readonly required?: true
  readonly schema: object
}

export const challenge = (description: string, pattern: string, example: string): HeaderObject => ({
  description,
  required: true,
  schema: { type: 'string', pattern, examples: [example] },
})

export const CHALLENGE = challenge(
  'RFC 6750 section 3. It names an error if the request has a token.',
  '^Bearer realm=',
  'Bearer realm="https://auth.example.com"',
)

export const SCOPE_CHALLENGE: HeaderObject = {
  description:
    'RFC 6750 section 3.1, if a bearer token permits too little. It names the permission if one is enough.',
  schema: {
    type: 'string',
    pattern: 'error="insufficient_scope"',
    examples: ['Bearer realm="https://auth.example.com", error="insufficient_scope", scope="users:read"'],
  },
}

const { description, ...seconds } = retryAfter['Retry-After']
export const RETRY_AFTER: HeaderObject = { description, required: true, schema: seconds }
