import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { RegisterSchema } from '../../src/schemas/credentials.ts'
import { presentUser } from '../../src/schemas/present.ts'
import { AcceptedSchema } from '../../src/schemas/recovery.ts'
import { UserReplySchema } from '../../src/schemas/user.ts'
import { internalsOf } from '../../src/wiring/internals.ts'

const register: FastifyPluginAsyncTypebox = async (app) => {
  const core = internalsOf(app)
  const { registrations } = core
  const localeOf = ({ body, headers }: { body: { locale?: string }; headers: Headers }) =>
    body.locale ?? core.preferredLanguage(headers['accept-language'])

  if (registrations !== null) {
    app.post(
      '/register',
      {
        config: {
          auth: 'public',
          limit: 'strict',
          refusals: ['REGISTRATION_CLOSED', 'PASSWORD_REJECTED'],
        },
        schema: {
          tags: ['sign-in'],
          summary: 'Ask for an account: a mail confirms the address',
          description:
            'EMAIL_VERIFICATION is required here. The answer is the same for every address, with and without an account, and begins no session. The account begins when the link of the mail is confirmed at POST /auth/email/confirm. An address gets at most three mails an hour.',
          body: RegisterSchema,
          response: { 202: AcceptedSchema },
        },
      },
      async (request, reply) => {
        const registration = { ...request.body, locale: localeOf(request) }
        await registrations.request(registration, core.client(request))
        return reply.code(202).send({})
      },
    )
    return
  }

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
      const account = { ...request.body, locale: localeOf(request) }
      const issuance = await core.signIn.withNewAccount(account, core.signInOptions(request, false))
      core.signedIn(request, issuance)
      reply.code(201)
      return { user: presentUser(issuance.principal.user) }
    },
  )
}

type Headers = { readonly 'accept-language'?: string | undefined }

export default register
