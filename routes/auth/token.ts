import formbody from '@fastify/formbody'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { presentTokens, TokenReplySchema, TokenRequestSchema } from '../../src/schemas/token.ts'
import { internalsOf } from '../../src/wiring/internals.ts'

/** RFC 6749 section 5.1 asks for both. */
const NEVER_CACHED = { 'cache-control': 'no-store', pragma: 'no-cache' }

const FORM = 'application/x-www-form-urlencoded'

const token: FastifyPluginAsyncTypebox = async (app) => {
  const core = internalsOf(app)
  // Here alone, and as here even if the application around the service has another parser: everywhere else a form, which any page may post, is not understood.
  if (app.hasContentTypeParser(FORM)) app.removeContentTypeParser(FORM)
  await app.register(formbody)

  app.post(
    '/token',
    {
      config: {
        auth: 'public',
        limit: 'strict',
        refusalShape: 'oauth',
        refusals: [
          'UNSUPPORTED_GRANT_TYPE',
          'LOGIN_FAILED',
          'TOKEN_INVALID',
          'SESSION_ENDED',
          'REFRESH_LATE',
          'REFRESH_REUSED',
        ],
      },
      schema: {
        tags: ['tokens'],
        summary: 'Tokens in the body, for clients that are not browsers',
        description:
          'RFC 6749: the grants `password` and `refresh_token`, as a form or as JSON. Sets no cookie. With the grant `password`, a client may show a refresh token of the account that is good, so that failed sign-ins of others do not pause it.',
        consumes: [FORM, 'application/json'],
        body: TokenRequestSchema,
        response: { 200: TokenReplySchema },
      },
      errorHandler(error, request, reply: FastifyReply) {
        const { status, body } = core.oauthRefusal(error, request, reply)
        // A grant that is not good is a 400 here, and a challenge belongs to a 401.
        reply.removeHeader('www-authenticate')
        core
          .recordRefusedToken(request, error)
          .then(() => reply.code(status).headers(NEVER_CACHED).send(body))
      },
    },
    async (request, reply) => {
      reply.headers(NEVER_CACHED)
      const { body } = request
      const by = {
        arrived: core.arrivedAt(request),
        client: core.client(request),
        isGone: () => core.hasGone(request),
      }
      return presentTokens(await core.tokenGrants.exchange(body, by))
    },
  )
}

export default token
