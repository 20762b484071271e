import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { SessionOfUserParamsSchema } from '../../src/schemas/administration.ts'
import { presentSession } from '../../src/schemas/present.ts'
import { SessionListSchema } from '../../src/schemas/session.ts'
import { UserParamsSchema } from '../../src/schemas/user.ts'
import Type from '../../src/typebox.ts'
import { internalsOf } from '../../src/wiring/internals.ts'

const sessions: FastifyPluginAsyncTypebox = async (app) => {
  const core = internalsOf(app)
  app.get(
    '/users/:userId/sessions',
    {
      config: { auth: { permission: 'sessions:read' }, refusals: ['NOT_FOUND'] },
      schema: {
        tags: ['administration'],
        summary: 'List the sessions of an account, the latest seen first',
        params: UserParamsSchema,
        response: { 200: SessionListSchema },
      },
    },
    async ({ principal, params }) => {
      const { id } = await core.accounts.get(params.userId)
      const list = await core.sessions.list(id)
      return { sessions: list.map((session) => presentSession(session, principal.sid)) }
    },
  )

  app.delete(
    '/users/:userId/sessions',
    {
      config: { auth: { permission: 'sessions:end' }, refusals: ['NOT_FOUND'] },
      schema: {
        tags: ['administration'],
        summary: 'End all sessions of an account',
        params: UserParamsSchema,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { userId } = request.params
      await core.sessions.endFor(userId, undefined, core.actor(request))
      if (userId === request.principal.userId) core.forgetCookies(request)
      return reply.code(204).send(null)
    },
  )

  app.delete(
    '/users/:userId/sessions/:id',
    {
      config: { auth: { permission: 'sessions:end' }, refusals: ['NOT_FOUND'] },
      schema: {
        tags: ['administration'],
        summary: 'End one session of an account',
        params: SessionOfUserParamsSchema,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { userId, id } = request.params
      await core.sessions.endFor(userId, id, core.actor(request))
      if (id === request.principal.sid) core.forgetCookies(request)
      return reply.code(204).send(null)
    },
  )
}

export default sessions
