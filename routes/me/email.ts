import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AcceptedSchema } from '../../src/schemas/recovery.ts'
import { internalsOf } from '../../src/wiring/internals.ts'

const email: FastifyPluginAsyncTypebox = async (app) => {
  const core = internalsOf(app)
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
