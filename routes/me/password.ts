import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ChangePasswordSchema } from '../../src/schemas/credentials.ts'
import Type from '../../src/typebox.ts'
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
          'Ends every other session of the account. A request by cookie also ends its own session, and the response sets the cookies of a new one. Copies of the old cookies are then useless. A request with a bearer token keeps its session and its tokens, which a thief may have copied. Needs the current password, unless the session signed in less than ten minutes ago. Without it: REAUTHENTICATION_REQUIRED.',
        body: ChangePasswordSchema,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { currentPassword: current, newPassword: next } = request.body
      const isByCookie = core.bearerToken(request) === undefined
      const options = { client: core.client(request), isByCookie }
      const issuance = await core.signIn.withNewPassword(request.principal, { current, next }, options)
      if (issuance !== null) core.giveCookies(request, issuance)
      return reply.code(204).send(null)
    },
  )
}

export default password
