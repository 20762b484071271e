import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from '../../src/typebox.ts'
import { internalsOf } from '../../src/wiring/internals.ts'

const logout: FastifyPluginAsyncTypebox = async (app) => {
  const core = internalsOf(app)
  app.post(
    '/logout',
    {
      config: { auth: 'public', cookies: true },
      schema: {
        tags: ['sign-in'],
        summary: 'Sign out',
        description:
          'Ends the session, also if its access token has expired. Also answers 204 if there was no session.',
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await core.endSession(request)
      return reply.code(204).send(null)
    },
  )
}

export default logout
