import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AcceptedSchema, ChangeEmailSchema } from '../../src/schemas/recovery.ts'
import { internalsOf } from '../../src/wiring/internals.ts'

const email: FastifyPluginAsyncTypebox = async (app) => {
  const core = internalsOf(app)
  app.post(
    '/email',
    {
      config: {
        auth: 'signed-in',
        limit: 'strict',
        refusals: ['PASSWORD_INCORRECT', 'REAUTHENTICATION_REQUIRED', 'MAIL_OFF'],
      },
      schema: {
        tags: ['me'],
        summary: 'Ask for another address',
        description:
          'The answer is the same for a free and a taken address. The new address gets a link, which works once, for 24 hours, and a newer one voids it. The address changes when POST /auth/email/confirm uses the link. The old address is told, with a link for POST /auth/email/undo. An address gets at most three such mails an hour. Needs the current password, unless the session signed in less than ten minutes ago. Without it: REAUTHENTICATION_REQUIRED.',
        body: ChangeEmailSchema,
        response: { 202: AcceptedSchema },
      },
    },
    async (request, reply) => {
      const { user, session } = request.principal
      await core.addressChanges.request(user, request.body, session, core.client(request))
      return reply.code(202).send({})
    },
  )

  app.post(
    '/email/confirmation',
    {
      config: { auth: 'signed-in', limit: 'strict', refusals: ['MAIL_OFF'] },
      schema: {
        tags: ['me'],
        summary: 'Mail the link again by which the owner confirms the address',
        description:
          'Mails nothing if the address is confirmed, or has had three such mails in the last hour.',
        response: { 202: AcceptedSchema },
      },
    },
    async (request, reply) => {
      await core.confirmation.request(request.principal.user)
      return reply.code(202).send({})
    },
  )
}

export default email
