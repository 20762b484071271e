/**
 * Adds the guards of routes to the OpenAPI document of an application that uses @fastify/swagger:
 * the scheme `bearer`, and the refusals 401, 403 and 503.
 *
 * The entries are added after Fastify has compiled the schemas of the routes. Before, Fastify would
 * also use them to serialise the answers of the application's own error handler.
 */
import type { FastifyInstance, FastifySchema, RouteOptions } from 'fastify'
import type { Guard } from '../access/guards.ts'
import { AuthError, type AuthErrorCode } from '../errors.ts'
import { STATUS_CODES } from '../http/statuses.ts'
import { CHALLENGE, RETRY_AFTER, SCOPE_CHALLENGE } from '../openapi/challenges.ts'
import { whoMayCall } from '../openapi/guard.ts'

/** As `ErrorSchema` of src/schemas: its library takes longer to load than everything else here. */
const ERROR_SCHEMA = {
  type: 'object',
  required: ['statusCode', 'code', 'error', 'message'],
  properties: {
    statusCode: { type: 'integer' },
    code: { description: 'For programs', examples: ['TOKEN_EXPIRED'], type: 'string' },
    error: { description: 'The reason phrase of the status', type: 'string' },
    message: { description: 'For people', type: 'string' },
    reason: { description: 'A detail, for programs', type: 'string' },
  },
}

const BEARER = { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }

/** The document of @fastify/swagger, as far as it is changed here. */
interface Document {
  components?: { securitySchemes?: Record<string, object> }
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

interface Operation {
  security?: object[]
  readonly 'x-guard'?: Guard
}

type Swagger = (options?: { yaml?: boolean }) => Document | string

/** Call it after the guards of the routes are compiled: its hook must see them. */
export function describeRoutes(app: FastifyInstance): void {
  const routes: RouteOptions[] = []
  app.addHook('onRoute', (route) => {
    routes.push(route)
  })
  app.addHook('onReady', async () => {
    for (const route of routes) route.schema = described(route)
    for (let scope: object = app; scope !== Object.prototype; scope = Object.getPrototypeOf(scope)) {
      if (Object.hasOwn(scope, 'swagger')) addSecurity(scope as { swagger: Swagger })
    }
  })
}

/**
 * Adds the scheme to the generated document, because the options of @fastify/swagger are out of
 * reach, and it fails for a route with a scheme that they do not have. A document in YAML has none.
 */
function addSecurity(scope: { swagger: Swagger }): void {
  const { swagger } = scope
  scope.swagger = (options) => {
    const document = swagger(options)
    if (typeof document === 'string') return document
    document.components = {
      ...document.components,
      securitySchemes: { bearer: BEARER, ...document.components?.securitySchemes },
    }
    for (const operation of Object.values(document.paths ?? {}).flatMap((path) => Object.values(path))) {
      if (operation['x-guard'] !== undefined) operation.security ??= [{ bearer: [] }]
    }
    return document
  }
}

/** Members that @fastify/swagger adds to the schema of a route. */
interface DescribedSchema extends FastifySchema {
  readonly description?: string
  readonly 'x-guard'?: Guard
}

function described({ schema = {}, config }: RouteOptions): DescribedSchema {
  const guard = config?.auth as Guard
  if (guard === 'public') return schema
  const own = schema.response as Readonly<Record<string, object>> | undefined
  return {
    ...schema,
    description: [(schema as DescribedSchema).description, `Who may call: ${whoMayCall(guard)}.`]
      .filter(Boolean)
      .join('\n\n'),
    'x-guard': guard,
    response: { ...refusals(guard), ...(own ?? { 200: { description: STATUS_CODES[200] } }) },
  }
}

function refusals(guard: Guard): Record<string, object> {
  const hasRule = typeof guard === 'object'
  return {
    401: response({ 'WWW-Authenticate': CHALLENGE }, ['TOKEN_MISSING', 'TOKEN_INVALID', 'TOKEN_EXPIRED']),
    ...(hasRule && { 403: response({ 'WWW-Authenticate': SCOPE_CHALLENGE }, ['ACCESS_FORBIDDEN']) }),
    503: response({ 'Retry-After': RETRY_AFTER }, ['VERIFIER_UNAVAILABLE']),
  }
}

function response(headers: object, codes: readonly AuthErrorCode[]): object {
  const errors = codes.map((code) => new AuthError(code))
  const examples = errors.map(({ code, statusCode, message }) => [
    code,
    { value: { statusCode, code, error: STATUS_CODES[statusCode], message } },
  ])
  return {
    description: (errors[0] as AuthError).message,
    headers,
    content: { 'application/json': { schema: ERROR_SCHEMA, examples: Object.fromEntries(examples) } },
  }
}
