import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { LoginSchema } from '../../src/schemas/credentials.ts'
import { presentUser } from '../../src/schemas/present.ts'
import { UserReplySchema } from '../../src/schemas/user.ts'

const login: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/login',
    {
      config: { auth: 'public', limit: 'strict', cookies: true, refusals: ['LOGIN_FAILED'] },
      schema: {
        tags: ['sign-in'],
        summary: 'Sign in',
        description: 'One answer for whatever is not right. Ends the session that the browser still had.',
        body: LoginSchema,
        response: { 200: UserReplySchema },
      },
    },
    async (request) => {
      const { email, password, remember = false } = request.body
      const grant = await app.signIn.withPassword(email, password, request.signInOptions(remember))
      request.signedIn(grant)
      return { user: presentUser(grant.principal.user) }
    },
  )
}

export default login
