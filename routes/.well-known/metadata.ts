import etag from '@fastify/etag'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CACHE_CONTROL, presentServerMetadata, ServerMetadataSchema } from '../../src/schemas/discovery.ts'
import { internalsOf } from '../../src/wiring/internals.ts'

const metadata: FastifyPluginAsyncTypebox = async (app) => {
  const { config, roles } = internalsOf(app)
  const prefix = app.prefix.replace(/\/\.well-known$/, '')
  const permissions = [...new Set(roles.names.flatMap((role) => roles.scopeOf(role).split(' ')))].filter(
    Boolean,
  )
  await app.register(etag)

  app.get(
    '/oauth-authorization-server',
    {
      config: { auth: 'public' },
      schema: {
        tags: ['discovery'],
        summary: 'Where the endpoints for other services are',
        description:
          'RFC 8414. The endpoints are below ISSUER. If ISSUER is not set, they are below the host of the request.',
        response: { 200: ServerMetadataSchema },
      },
    },
    async ({ protocol, host }, reply) => {
      const origin = config.issuerGiven ? config.issuer : `${protocol}://${host}`
      // The issuer may have the prefix as its path.
      const base = origin.endsWith(prefix) ? origin : `${origin}${prefix}`
      reply.header('cache-control', CACHE_CONTROL)
      return presentServerMetadata(config.issuer, base, permissions)
    },
  )
}

export default metadata
