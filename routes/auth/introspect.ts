import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import {
  IntrospectionReplySchema,
  presentIntrospection,
  TokenParametersSchema,
} from '../../src/schemas/introspection.ts'
import { internalsOf } from '../../src/wiring/internals.ts'

const introspect: FastifyPluginAsyncTypebox = async (app) => {
  const core = internalsOf(app)
  await core.readForms(app)

  app.post(
    '/introspect',
    {
      config: {
        auth: { client: true, or: { permission: 'tokens:introspect' } },
        refusalShape: 'oauth-protected',
      },
      schema: {
        tags: ['services'],
        summary: 'Ask whether a token is good now',
        description:
          'RFC 7662, as a form or as JSON. `active` is true only if the service itself would accept the token now. Of any other token nothing else is told. An introspection changes nothing: it rotates no refresh token and raises no alarm.',
        consumes: ['application/x-www-form-urlencoded', 'application/json'],
        body: TokenParametersSchema,
        response: { 200: IntrospectionReplySchema },
      },
      errorHandler: core.sendOAuthRefusal,
    },
    async ({ body }, reply) => {
      reply.header('cache-control', 'no-store')
      return presentIntrospection(await core.introspection.introspect(body.token), core.config.issuer)
    },
  )
}

export default introspect
