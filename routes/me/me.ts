import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyTypeProviderDefault } from 'fastify'
import { ConfirmPasswordSchema } from '../../src/schemas/credentials.ts'
import { describeMe, MeSchema } from '../../src/schemas/me.ts'
import { presentUser } from '../../src/schemas/present.ts'
import { ChangeMeSchema, UserReplySchema } from '../../src/schemas/user.ts'
import Type from '../../src/typebox.ts'
import { internalsOf } from '../../src/wiring/internals.ts'

const NEEDS_PASSWORD =
  'Needs the current password, unless the session signed in less than ten minutes ago. Without it: REAUTHENTICATION_REQUIRED.'

const me: FastifyPluginAsyncTypebox = async (app) => {
  const core = internalsOf(app)
  // The handler returns text: the schema only describes it and serialises nothing.
  app.withTypeProvider<FastifyTypeProviderDefault>().get(
    '/',
    {
      config: { auth: 'signed-in', beforePasswordChange: true },
      schema: {
        tags: ['me'],
        summary: 'Read the signed-in account and its session',
        response: { 200: MeSchema },
      },
    },
    ({ principal }, reply) => reply.type('application/json; charset=utf-8').send(describeMe(principal)),
  )

  app.patch(
    '/',
    {
      config: { auth: 'signed-in' },
      schema: {
        tags: ['me'],
        summary: 'Change the name, or whether mail tells of sign-ins from unknown browsers',
        body: ChangeMeSchema,
        response: { 200: UserReplySchema },
      },
    },
    async ({ principal, body }) => ({
      user: presentUser(await core.accounts.changeOwn(principal.user, body)),
    }),
  )

  app.delete(
    '/',
    {
      config: {
        auth: 'signed-in',
        limit: 'strict',
        refusals: [
          'PASSWORD_INCORRECT',
          'REAUTHENTICATION_REQUIRED',
          'LAST_ADMINISTRATOR',
          'ADDRESS_CHANGED',
        ],
      },
      schema: {
        tags: ['me'],
        summary: 'Delete the account and all its sessions',
        description: `${NEEDS_PASSWORD} While a link can still put another address back, the account cannot be deleted: ADDRESS_CHANGED.`,
        body: ConfirmPasswordSchema,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { principal, body } = request
      await core.accounts.remove(
        principal.user,
        body?.currentPassword,
        principal.session,
        core.client(request),
      )
      core.forgetCookies(request)
      return reply.code(204).send(null)
    },
  )
}

export default me
