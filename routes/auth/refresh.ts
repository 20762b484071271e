import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from '../../src/typebox.ts'
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
        summary: 'Refresh the session',
        description:
          'A browser application does not need this route: every guarded route refreshes the session itself.',
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
