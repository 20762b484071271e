import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { ConfirmEmailSchema } from '../../src/schemas/recovery.ts'
import { internalsOf } from '../../src/wiring/internals.ts'

const email: FastifyPluginAsyncTypebox = async (app) => {
  const core = internalsOf(app)
  app.post(
    '/email/confirm',
    {
      config: { auth: 'public', limit: 'strict', refusals: ['LINK_INVALID'] },
      schema: {
        tags: ['sign-in'],
        summary: 'Confirm the address of an account by the link of a mail',
        description: 'Signs nobody in. The link works once, for 24 hours, and a newer one voids it.',
        body: ConfirmEmailSchema,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await core.confirmation.confirm(request.body.token, core.client(request))
      return reply.code(204).send(null)
    },
  )
}

export default email
