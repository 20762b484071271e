import etag from '@fastify/etag'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import {
  CACHE_CONTROL,
  KeySetSchema,
  presentServerMetadata,
  ServerMetadataSchema,
} from '../../src/schemas/discovery.ts'
import { internalsOf } from '../../src/wiring/internals.ts'

const discovery: FastifyPluginAsyncTypebox = async (app) => {
  const { config, keyPairs, roles } = internalsOf(app)
  const prefix = app.prefix.replace(/\/\.well-known$/, '')
  const permissions = new Set(roles.names.flatMap((role) => roles.scopeOf(role).split(' ')).filter(Boolean))

  await app.register(etag)
  // The library adds the header to refusals as well.
  app.addHook('onSend', async (_request, reply) => {
    if (reply.statusCode >= 400) reply.removeHeader('etag')
  })

  app.get(
    '/jwks.json',
    {
      config: { auth: 'public' },
      schema: {
        tags: ['services'],
        summary: 'The public keys of access tokens',
        description:
          'RFC 7517. Other services verify access tokens with these keys. The next key is in the set before it signs. With ACCESS_TOKEN_ALG=HS256 the set is empty, because only this service can verify its tokens.',
        response: { 200: KeySetSchema },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', CACHE_CONTROL)
      return { keys: [...keyPairs.keySet().keys] }
    },
  )

  app.get(
    '/oauth-authorization-server',
    {
      config: { auth: 'public' },
      schema: {
        tags: ['services'],
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
      return presentServerMetadata(config.issuer, base, [...permissions])
    },
  )
}

export default discovery
