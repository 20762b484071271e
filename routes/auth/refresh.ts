import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { internalsOf } from '../../src/wiring/internals.ts'

const refresh: FastifyPluginAsyncTypebox = async (app) => {
  const core = internalsOf(app)
  app.post(
    '/refresh',
    {
      config: {
        auth: 'public',
        limit: 'session',
        cookies: true,
        refusals: [
          'TOKEN_MISSING',
          'TOKEN_INVALID',
          'COOKIE_AMBIGUOUS',
          'SESSION_ENDED',
          'REFRESH_LATE',
          'REFRESH_REUSED',
        ],
      },
      schema: {
        tags: ['sign-in'],
        summary: 'Refresh now',
        description: 'A browser application never needs this: every guarded route refreshes by itself.',
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await core.refreshByCookie(request)
      return reply.code(204).send(null)
    },
  )
}

export default refresh
