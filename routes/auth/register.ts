import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { RegisterSchema } from '../../src/schemas/credentials.ts'
import { presentUser } from '../../src/schemas/present.ts'
import { UserReplySchema } from '../../src/schemas/user.ts'

const register: FastifyPluginAsyncTypebox = async (app) => {
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
      const grant = await app.signIn.withNewAccount(request.body, request.signInOptions(false))
      request.signedIn(grant)
      reply.code(201)
      return { user: presentUser(grant.principal.user) }
    },
  )
}

export default register
