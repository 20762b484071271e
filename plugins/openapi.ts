import { createHash } from 'node:crypto'
import fastifySwagger from '@fastify/swagger'
import scalar from '@scalar/fastify-api-reference'
import type { FastifySchema } from 'fastify'
import fp from 'fastify-plugin'
import type { Guard } from '../src/accounts/guards.ts'
import { ErrorSchema } from '../src/schemas/error.ts'

const DOCS_PATH = '/docs'

/** The API described from the routes themselves, guards included, at /docs. */
export default fp(
  async (app) => {
    const { production, issuer } = app.config
    await app.register(fastifySwagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Tacit',
          version: '0.1.0',
          description: 'Sign in once. Sessions refresh themselves; on 401, show the sign-in page.',
        },
        servers: [{ url: issuer }],
        components: {
          securitySchemes: {
            cookies: { type: 'apiKey', in: 'cookie', name: app.cookieNames.access },
            bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
          },
        },
      },
      transform: ({ schema, url, route }) => ({ schema: guarded(schema, route.config?.auth), url }),
    })

    await app.register(async (scope) => {
      scope.decorate('defaultGuard', production ? { role: 'admin' } : 'public')
      // The reference page starts itself with an inline script and sets inline styles. It is our own text, so its
      // scripts are allowed by their hashes; everything else stays as strict as everywhere.
      scope.addHook('onSend', async (_request, reply, payload) => {
        if (typeof payload !== 'string' || !String(reply.getHeader('content-type')).startsWith('text/html'))
          return payload
        const policy = String(reply.getHeader('content-security-policy'))
          .replace(/script-src 'self'/, `script-src 'self' ${inlineScriptHashes(payload)}`)
          .replace(/style-src 'self'/, "style-src 'self' 'unsafe-inline'")
        reply.header('content-security-policy', policy)
        return payload
      })
      await scope.register(scalar, {
        routePrefix: DOCS_PATH,
        configuration: {
          withDefaultFonts: false,
          telemetry: false,
          hideClientButton: true,
          showDeveloperTools: 'never',
          agent: { disabled: true },
          mcp: { disabled: true },
        },
      })
    })
  },
  { name: 'openapi', dependencies: ['env', 'guards', 'helmet', 'cookies', 'rate-limit'] },
)

/** What the guard means for callers: credentials, and the refusals that come with them. */
function guarded(schema: FastifySchema | undefined, guard: Guard | undefined): FastifySchema {
  if (guard === 'public' || guard === undefined) return { ...schema, security: [] }
  const refusals = {
    401: { description: 'Nobody is signed in, or no longer', ...ErrorSchema },
    ...(typeof guard === 'object' && { 403: { description: `Only for ${inWords(guard)}`, ...ErrorSchema } }),
  }
  return {
    ...schema,
    security: [{ cookies: [] }, { bearer: [] }],
    response: { ...(schema?.response as object), ...refusals },
  }
}

function inWords({ role, permission, owner, or }: Exclude<Guard, string>): string {
  const parts = [
    ...(role === undefined ? [] : [`the role ${[role].flat().join(' or ')}`]),
    ...(permission === undefined ? [] : [`the permission ${permission}`]),
    ...(owner === undefined ? [] : [`the owner named by ${owner}`]),
  ]
  return parts.join(' with ') + (or === undefined ? '' : `, or ${inWords(or)}`)
}

function inlineScriptHashes(html: string): string {
  return [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)]
    .map(
      ([, script]) =>
        `'sha256-${createHash('sha256')
          .update(script as string)
          .digest('base64')}'`,
    )
    .join(' ')
}
