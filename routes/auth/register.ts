import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { RegisterSchema } from '../../src/schemas/credentials.ts'
import { presentUser } from '../../src/schemas/present.ts'
import { UserReplySchema } from '../../src/schemas/user.ts'
import { internalsOf } from '../../src/wiring/internals.ts'

const register: FastifyPluginAsyncTypebox = async (app) => {
  const core = internalsOf(app)
  app.post(
    '/register',
    {
      config: {
        auth: 'public',
        limit: 'strict',
        cookies: true,
        refusals: ['REGISTRATION_CLOSED', 'ACCOUNT_EXISTS', 'PASSWORD_REJECTED'],
      },
      schema: {
        tags: ['sign-in'],
        summary: 'Create an account and sign in',
        body: RegisterSchema,
        response: { 201: UserReplySchema },
      },
    },
    async (request, reply) => {
      const locale = request.body.locale ?? core.preferredLanguage(request.headers['accept-language'])
      const account = { ...request.body, locale }
      const issuance = await core.signIn.withNewAccount(account, core.signInOptions(request, false))
      core.signedIn(request, issuance)
      reply.code(201)
      return { user: presentUser(issuance.principal.user) }
    },
  )
}

export default register
