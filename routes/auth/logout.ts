import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'

const logout: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/logout',
    {
      config: { auth: 'public', cookies: true },
      schema: {
        tags: ['sign-in'],
        summary: 'Sign out',
        description:
          'Ends the session, also when its access token has expired. 204 too when there was nothing to end.',
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await request.endSession()
      return reply.code(204).send(null)
    },
  )
}

export default logout
