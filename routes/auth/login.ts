import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { LoginSchema } from '../../src/schemas/credentials.ts'
import { presentUser } from '../../src/schemas/present.ts'
import { UserReplySchema } from '../../src/schemas/user.ts'
import { internalsOf } from '../../src/wiring/internals.ts'

const login: FastifyPluginAsyncTypebox = async (app) => {
  const core = internalsOf(app)
  app.post(
    '/login',
    {
      config: { auth: 'public', limit: 'strict', cookies: true, refusals: ['LOGIN_FAILED'] },
      schema: {
        tags: ['sign-in'],
        summary: 'Sign in',
        description: 'Every failure gets the same answer. Ends the session that the browser had before.',
        body: LoginSchema,
        response: { 200: UserReplySchema },
      },
    },
    async (request) => {
      const { email, password, remember = false } = request.body
      const issuance = await core.signIn.withPassword(email, password, core.signInOptions(request, remember))
      core.signedIn(request, issuance)
      return { user: presentUser(issuance.principal.user) }
    },
  )
}

export default login
