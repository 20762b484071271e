import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { ChangePasswordSchema } from '../../src/schemas/credentials.ts'

const password: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/password',
    {
      config: { auth: 'signed-in', refusals: ['PASSWORD_INCORRECT', 'PASSWORD_REJECTED'] },
      schema: {
        tags: ['me'],
        summary: 'Change the password',
        description: 'Ends every other session of the account and renews the cookies of this one.',
        body: ChangePasswordSchema,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { principal, body } = request
      const { currentPassword, newPassword } = body
      await app.accounts.changePassword(
        principal.user,
        currentPassword,
        newPassword,
        principal.sid,
        request.client(),
      )
      await request.renewCookies()
      return reply.code(204).send(null)
    },
  )
}

export default password
