import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { presentUser } from '../../src/schemas/present.ts'
import { UserParamsSchema, UserReplySchema } from '../../src/schemas/user.ts'
import { internalsOf } from '../../src/wiring/internals.ts'

const user: FastifyPluginAsyncTypebox = async (app) => {
  const core = internalsOf(app)
  app.get(
    '/:userId',
    {
      config: { auth: { owner: 'params.userId', or: { role: 'admin' } }, refusals: ['NOT_FOUND'] },
      schema: {
        tags: ['users'],
        summary: 'Read an account, as its owner or an administrator',
        params: UserParamsSchema,
        response: { 200: UserReplySchema },
      },
    },
    async ({ params }) => ({ user: presentUser(await core.accounts.get(params.userId)) }),
  )
}

export default user
