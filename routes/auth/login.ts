import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { LoginSchema } from '../../src/schemas/credentials.ts'
import { ErrorSchema } from '../../src/schemas/error.ts'
import { presentUser, UserReplySchema } from '../../src/schemas/user.ts'

const login: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/login',
    {
      config: { auth: 'public', limit: 'strict' },
      schema: {
        tags: ['sign-in'],
        summary: 'Sign in',
        description: 'One answer for whatever is not right. Ends the session that the browser still had.',
        body: LoginSchema,
        response: { 200: UserReplySchema, 401: ErrorSchema, 429: ErrorSchema, 503: ErrorSchema },
      },
    },
    async (request) => {
      const { email, password, remember = false } = request.body
      const grant = await app.signIn.withPassword(email, password, request.signInOptions(remember))
      request.cookieChange = grant
      return { user: presentUser(grant.principal.user) }
    },
  )
}

export default login
