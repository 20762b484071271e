import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { EmailLinkSchema } from '../../src/schemas/recovery.ts'
import Type from '../../src/typebox.ts'
import { internalsOf } from '../../src/wiring/internals.ts'

const email: FastifyPluginAsyncTypebox = async (app) => {
  const core = internalsOf(app)
  app.post(
    '/email/confirm',
    {
      config: { auth: 'public', limit: 'strict', refusals: ['LINK_INVALID'] },
      schema: {
        tags: ['sign-in'],
        summary: 'Confirm the address of an account, or its new address, by the link of a mail',
        description:
          'Begins no session. The link works once, for 24 hours, and a newer one voids it. Sessions stay alive.',
        body: EmailLinkSchema,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await core.confirmation.confirm(request.body.token, core.client(request))
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/email/undo',
    {
      config: { auth: 'public', limit: 'strict', refusals: ['LINK_INVALID'] },
      schema: {
        tags: ['sign-in'],
        summary: 'Put back an address that was changed, by the link of the mail to it',
        description:
          'Works until three days after the change, whatever has changed since. Ends every session, voids the links of the addresses that came after it, and makes the password useless: the owner then asks for a link to choose another one.',
        body: EmailLinkSchema,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await core.addressChanges.undo(request.body.token, core.client(request))
      return reply.code(204).send(null)
    },
  )
}

export default email
