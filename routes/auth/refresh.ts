import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { ErrorSchema } from '../../src/schemas/error.ts'

const refresh: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/refresh',
    {
      config: { auth: 'public' },
      schema: {
        tags: ['sign-in'],
        summary: 'Refresh now',
        description: 'A browser application never needs this: every guarded route refreshes by itself.',
        security: [{ cookies: [] }],
        response: { 204: Type.Null(), 401: ErrorSchema },
      },
    },
    async (request, reply) => {
      await request.refreshByCookie()
      return reply.code(204).send(null)
    },
  )
}

export default refresh
