import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { RegisterSchema } from '../../src/schemas/credentials.ts'
import { ErrorSchema } from '../../src/schemas/error.ts'
import { presentUser, UserReplySchema } from '../../src/schemas/user.ts'

const register: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/register',
    {
      config: { auth: 'public', limit: 'strict' },
      schema: {
        tags: ['sign-in'],
        summary: 'Create an account and sign in',
        body: RegisterSchema,
        response: { 201: UserReplySchema, 403: ErrorSchema, 409: ErrorSchema, 422: ErrorSchema },
      },
    },
    async (request, reply) => {
      const grant = await app.signIn.withNewAccount(request.body, request.signInOptions(false))
      request.cookieChange = grant
      reply.code(201)
      return { user: presentUser(grant.principal.user) }
    },
  )
}

export default register
