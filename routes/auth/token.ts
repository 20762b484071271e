import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { presentTokens, TokenReplySchema, TokenRequestSchema } from '../../src/schemas/token.ts'
import { internalsOf } from '../../src/wiring/internals.ts'

/** RFC 6749 section 5.1 requires both. */
const NEVER_CACHED = { 'cache-control': 'no-store', pragma: 'no-cache' }

const FORM = 'application/x-www-form-urlencoded'

const token: FastifyPluginAsyncTypebox = async (app) => {
  const core = internalsOf(app)
  await core.readForms(app)

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
        summary: 'Issue tokens to clients that are not browsers',
        description:
          'RFC 6749: the grants `password` and `refresh_token`, as a form or as JSON. The tokens are in the body, and no cookie is set. With the grant `password`, a client may send a valid refresh token of the account as well. Failed sign-ins of other clients then do not pause it.',
        consumes: [FORM, 'application/json'],
        body: TokenRequestSchema,
        response: { 200: TokenReplySchema },
      },
      errorHandler(error, request, reply: FastifyReply) {
        const { status, body } = core.oauthRefusal(error, request, reply)
        // An invalid grant is a 400 here, and a challenge belongs to a 401.
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
