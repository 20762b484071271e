import fastifySwagger from '@fastify/swagger'
import type { FastifyContextConfig, FastifyInstance, FastifySchema, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { isForClients, isForUsers } from '../src/access/admission.ts'
import type { Guard } from '../src/access/guards.ts'
import type { AuthErrorCode } from '../src/errors.ts'
import { escapeHtml } from '../src/http/error-page.ts'
import { completed, type Document } from '../src/openapi/document.ts'
import { whoMayCall } from '../src/openapi/guard.ts'
import { readmeFile, readmeUrl } from '../src/openapi/readme.ts'
import type { Contract, RefusalShape } from '../src/openapi/responses.ts'
import { ErrorSchema, OAuthErrorSchema } from '../src/schemas/error.ts'
import { internalsOf, provide } from '../src/wiring/internals.ts'

// The emitted declarations need the types that this package adds to Fastify.
export type {} from '@fastify/swagger'

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Errors that the handler may throw, besides those of the guard, the method and the input. For
     * the document.
     */
    refusals?: readonly AuthErrorCode[]
    /** The shape of refusals: see src/openapi/responses.ts. For the document. */
    refusalShape?: RefusalShape
    /**
     * Whether a public route may set or clear cookies. Guarded routes always may. For the document.
     */
    cookies?: boolean
  }
}

declare module '../src/wiring/internals.ts' {
  interface Internals {
    /** Returns the OpenAPI document. */
    openapi: FastifyInstance['swagger']
    /** The title of the page that shows the document, escaped for HTML. */
    referenceTitle: string
    /** The README: the file, and its address in the repository if the package names one. */
    readme: { readonly file: string; readonly url: string | undefined }
  }
}

const DECORATOR = 'tacitOpenapi'

/** Markdown: the reference page shows it first. */
const DESCRIPTION = `Authentication with silent session refresh. On 401, a client shows the sign-in page. A path that exists for other methods answers 405 with the code \`METHOD_NOT_ALLOWED\` and an \`Allow\` header.

**To sign in on the reference page**, send \`POST /auth/register\` or \`POST /auth/login\` from it. The browser keeps the cookies and sends them with each further request. Or send \`POST /auth/token\` and enter the \`access_token\` under Authentication, as \`bearer\`.`

/** In the order in which a reader needs them. */
const TAGS = [
  { name: 'sign-in', description: 'Create an account, sign in, refresh and sign out, with cookies' },
  { name: 'me', description: 'The account of the caller, and its sessions' },
  { name: 'users', description: 'An account, for its owner and for administrators' },
  { name: 'tokens', description: 'Tokens in the body, for clients without cookies' },
  { name: 'services', description: 'For other services that accept the tokens of this one' },
  { name: 'administration', description: 'Accounts, roles, sessions and security events' },
  { name: 'health', description: 'Whether the process runs, and whether it can answer' },
] as const

/** Generates the OpenAPI document from the routes, with their guards, refusals and examples. */
export default fp(
  async (app) => {
    const { config, cookieNames, pageFiles } = internalsOf(app)
    const home = pageFiles ? '[The pages](../) · ' : ''
    await app.register(fastifySwagger, {
      // The application may use the name `swagger` for its own document.
      decorator: DECORATOR,
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Tacit',
          version: '0.1.0',
          description: `${home}[README](./readme)\n\n${DESCRIPTION}`,
          license: { name: 'MIT', identifier: 'MIT' },
        },
        tags: [...TAGS],
        // Without an ISSUER, the URL is relative to the document.
        servers: [{ url: config.issuerGiven ? config.issuer : '/' }],
        components: {
          schemas: { Error: { ...ErrorSchema }, OAuthError: { ...OAuthErrorSchema } },
          securitySchemes: {
            cookies: { type: 'apiKey', in: 'cookie', name: cookieNames.access },
            refreshCookie: { type: 'apiKey', in: 'cookie', name: cookieNames.refresh },
            bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
            client: { type: 'http', scheme: 'basic' },
          },
        },
      },
      transform: ({ schema, route }) => ({ schema: described(schema, route), url: pathOf(route) }),
      transformObject: (result) =>
        completed((result as { openapiObject: unknown }).openapiObject as Document) as never,
    })
    provide(app, {
      openapi: app.getDecorator<FastifyInstance['swagger']>(DECORATOR),
      referenceTitle: escapeHtml(`${config.appName} API reference`),
      readme: { file: readmeFile, url: readmeUrl() },
    })
  },
  { name: 'openapi', dependencies: ['env', 'guards', 'cookies', 'page-files', 'rate-limit'] },
)

/** The root of a plugin is served with and without a trailing slash. */
const pathOf = ({ url, prefix = '' }: RouteOptions & { prefix?: string }): string =>
  prefix !== '' && url === `${prefix}/` ? prefix : url

/** Adds who may call, and the data from which src/openapi/document.ts completes the operation. */
function described(schema: FastifySchema = {}, { url, config }: RouteOptions): FastifySchema {
  // The plugin `guards` has set `config.auth` on every route.
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

/**
 * The security requirements are added here and not in the route's schema. An application's document
 * does not have these schemes.
 */
function securityOf(guard: Guard, limit: FastifyContextConfig['limit']): Record<string, string[]>[] {
  const ofUsers = isForUsers(guard) ? [{ cookies: [] }, { bearer: [] }] : []
  if (guard !== 'public') return isForClients(guard) ? [{ client: [] }, ...ofUsers] : ofUsers
  return limit === 'session' ? [{ refreshCookie: [] }] : []
}
