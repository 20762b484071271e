import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AcceptedSchema, ForgotPasswordSchema, ResetPasswordSchema } from '../../src/schemas/recovery.ts'
import Type from '../../src/typebox.ts'
import { internalsOf } from '../../src/wiring/internals.ts'

const password: FastifyPluginAsyncTypebox = async (app) => {
  const core = internalsOf(app)
  app.post(
    '/password/forgot',
    {
      config: { auth: 'public', limit: 'strict', refusals: ['MAIL_OFF'] },
      schema: {
        tags: ['sign-in'],
        summary: 'Ask for a mail with a link to choose a new password',
        description:
          'The answer is the same for every address, with and without an account. An address gets at most three mails an hour. The link works once, for 30 minutes, and a newer one voids it.',
        body: ForgotPasswordSchema,
        response: { 202: AcceptedSchema },
      },
    },
    async (request, reply) => {
      await core.recovery.forgot(request.body.email, core.client(request))
      return reply.code(202).send({})
    },
  )

  app.post(
    '/password/reset',
    {
      config: { auth: 'public', limit: 'strict', refusals: ['LINK_INVALID', 'PASSWORD_REJECTED'] },
      schema: {
        tags: ['sign-in'],
        summary: 'Choose a new password by the link of a mail',
        description:
          'Ends every session of the account and begins none: the owner signs in with the new password. A password that is rejected leaves the link valid.',
        body: ResetPasswordSchema,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { token, newPassword } = request.body
      await core.recovery.reset(token, newPassword, core.client(request))
      return reply.code(204).send(null)
    },
  )
}

export default password
