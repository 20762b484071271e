import etag from '@fastify/etag'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CACHE_CONTROL, KeySetSchema } from '../../src/schemas/discovery.ts'
import { internalsOf } from '../../src/wiring/internals.ts'

const keys: FastifyPluginAsyncTypebox = async (app) => {
  const { keyPairs } = internalsOf(app)
  await app.register(etag)

  app.get(
    '/jwks.json',
    {
      config: { auth: 'public' },
      schema: {
        tags: ['discovery'],
        summary: 'The public keys of access tokens',
        description:
          'RFC 7517. Other services verify access tokens with these keys. The next key is in the set before it signs. With ACCESS_TOKEN_ALG=HS256 the set is empty, because only this service can verify its tokens.',
        response: { 200: KeySetSchema },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', CACHE_CONTROL)
      return keyPairs.keySet()
    },
  )
}

export default keys
