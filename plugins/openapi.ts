import fastifySwagger from '@fastify/swagger'
import type { FastifyContextConfig, FastifyInstance, FastifySchema, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import type { Guard } from '../src/access/guards.ts'
import type { AuthErrorCode } from '../src/errors.ts'
import { completed, type Document } from '../src/openapi/document.ts'
import { whoMayCall } from '../src/openapi/guard.ts'
import type { Contract, RefusalShape } from '../src/openapi/responses.ts'
import { ErrorSchema, OAuthErrorSchema } from '../src/schemas/error.ts'
import { internalsOf, provide } from '../src/wiring/internals.ts'

// Declarations name what this package adds to Fastify's types.
export type {} from '@fastify/swagger'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the handler may throw, beside what follows from the guard, the method and the input. For the document. */
    refusals?: readonly AuthErrorCode[]
    /** How a refusal is written: `oauth` for the shape of RFC 6749. For the document. */
    refusalShape?: RefusalShape
    /** Whether a public route gives or clears cookies, as guarded ones may at any time. For the document. */
    cookies?: boolean
  }
}

declare module '../src/wiring/internals.ts' {
  interface Internals {
    /** The document. */
    openapi: FastifyInstance['swagger']
  }
}

const DECORATOR = 'tacitOpenapi'

/** The API described from the routes themselves: guards, refusals and examples included. */
export default fp(
  async (app) => {
    const { config, cookieNames } = internalsOf(app)
    await app.register(fastifySwagger, {
      // An application that describes itself has `swagger`.
      decorator: DECORATOR,
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Tacit',
          version: '0.1.0',
          description: 'Sign in once. Sessions refresh themselves; on 401, show the sign-in page.',
          license: { name: 'MIT', identifier: 'MIT' },
        },
        // A URL that is relative to the document, where the service does not know its own.
        servers: [{ url: config.issuerGiven ? config.issuer : '/' }],
        components: {
          schemas: { Error: { ...ErrorSchema }, OAuthError: { ...OAuthErrorSchema } },
          securitySchemes: {
            cookies: { type: 'apiKey', in: 'cookie', name: cookieNames.access },
            refreshCookie: { type: 'apiKey', in: 'cookie', name: cookieNames.refresh },
            bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
          },
        },
      },
      transform: ({ schema, route }) => ({ schema: described(schema, route), url: pathOf(route) }),
      transformObject: (result) =>
        completed((result as { openapiObject: unknown }).openapiObject as Document) as never,
    })
    provide(app, { openapi: app.getDecorator<FastifyInstance['swagger']>(DECORATOR) })
  },
  { name: 'openapi', dependencies: ['env', 'guards', 'cookies', 'rate-limit'] },
)

/** A plugin's own root is served with and without a slash at its end. */
const pathOf = ({ url, prefix = '' }: RouteOptions & { prefix?: string }): string =>
  prefix !== '' && url === `${prefix}/` ? prefix : url

/** Who may call, and what src/openapi/document.ts needs to know to complete the operation. */
function described(schema: FastifySchema = {}, { url, config }: RouteOptions): FastifySchema {
  // The guards have seen to it that there is one.
  const {
    auth,
    beforePasswordChange = false,
    refusals = [],
    refusalShape: shape = 'service',
    cookies = false,
    limit,
  } = config as FastifyContextConfig
  const guard = auth as Guard
  const takesInput =
    /[:*]/.test(url) || ['body', 'params', 'querystring', 'headers'].some((part) => part in schema)
  const contract: Contract = { guard, beforePasswordChange, takesInput, refusals, cookies, shape }
  return {
    security: securityOf(guard, limit),
    ...schema,
    description: [schema.description, `Who may call: ${whoMayCall(guard)}.`].filter(Boolean).join('\n\n'),
    ...{ 'x-guard': guard, 'x-contract': contract },
  }
}

/** Not in the schema of a route: the document of an application does not have these schemes. */
function securityOf(guard: Guard, limit: FastifyContextConfig['limit']): Record<string, string[]>[] {
  if (guard !== 'public') return [{ cookies: [] }, { bearer: [] }]
  return limit === 'session' ? [{ refreshCookie: [] }] : []
}
