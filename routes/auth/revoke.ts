import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { TokenParametersSchema } from '../../src/schemas/introspection.ts'
import Type from '../../src/typebox.ts'
import { internalsOf } from '../../src/wiring/internals.ts'

const revoke: FastifyPluginAsyncTypebox = async (app) => {
  const core = internalsOf(app)
  await core.readForms(app)

  app.post(
    '/revoke',
    {
      config: { auth: 'public', refusalShape: 'oauth' },
      schema: {
        tags: ['services'],
        summary: 'Revoke a token',
        description:
          'RFC 7009, as a form or as JSON. Ends the session of an access token or a refresh token, and with it all its tokens. Also answers 200 for a token that is unknown or has ended. Reads and sets no cookie.',
        consumes: ['application/x-www-form-urlencoded', 'application/json'],
        body: TokenParametersSchema,
        response: { 200: Type.Object({}, { examples: [{}] }) },
      },
      errorHandler: core.sendOAuthRefusal,
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store')
      await core.introspection.revoke(request.body.token, {
        arrived: core.arrivedAt(request),
        client: core.client(request),
        isGone: () => core.hasGone(request),
      })
      return {}
    },
  )
}

export default revoke
