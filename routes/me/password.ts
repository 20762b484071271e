import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { ChangePasswordSchema } from '../../src/schemas/credentials.ts'
import { internalsOf } from '../../src/wiring/internals.ts'

const password: FastifyPluginAsyncTypebox = async (app) => {
  const core = internalsOf(app)
  app.post(
    '/password',
    {
      config: {
        auth: 'signed-in',
        beforePasswordChange: true,
        limit: 'strict',
        refusals: ['PASSWORD_INCORRECT', 'REAUTHENTICATION_REQUIRED', 'PASSWORD_REJECTED'],
      },
      schema: {
        tags: ['me'],
        summary: 'Change the password',
        description:
          'Ends every other session of the account and renews the cookies of this one. Takes the current password, unless the session signed in less than ten minutes ago: else REAUTHENTICATION_REQUIRED.',
        body: ChangePasswordSchema,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { principal, body } = request
      const { currentPassword, newPassword } = body
      await core.accounts.changePassword(
        principal.user,
        currentPassword,
        newPassword,
        principal.session,
        core.client(request),
      )
      await core.renewCookies(request)
      return reply.code(204).send(null)
    },
  )
}

export default password
