import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { OwnSessionListSchema, presentNotice } from '../../src/schemas/notice.ts'
import { presentSession } from '../../src/schemas/present.ts'
import { SessionParamsSchema } from '../../src/schemas/session.ts'
import Type from '../../src/typebox.ts'
import { internalsOf } from '../../src/wiring/internals.ts'

const sessions: FastifyPluginAsyncTypebox = async (app) => {
  const core = internalsOf(app)
  app.get(
    '/sessions',
    {
      config: { auth: 'signed-in', beforePasswordChange: true },
      schema: {
        tags: ['me'],
        summary: 'List the sessions of the account, the latest seen first, and notices about them',
        response: { 200: OwnSessionListSchema },
      },
    },
    async ({ principal }) => {
      const [list, notices] = await Promise.all([
        core.sessions.list(principal.userId),
        core.notices.list(principal.userId),
      ])
      return {
        sessions: list.map((session) => presentSession(session, principal.sid)),
        notices: notices.map(presentNotice),
      }
    },
  )

  app.delete(
    '/sessions/:id',
    {
      config: { auth: 'signed-in', beforePasswordChange: true, refusals: ['NOT_FOUND'] },
      schema: {
        tags: ['me'],
        summary: 'End one session of the account',
        params: SessionParamsSchema,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { principal, params } = request
      await core.sessions.endOwn(principal.userId, params.id, core.client(request))
      if (params.id === principal.sid) core.forgetCookies(request)
      return reply.code(204).send(null)
    },
  )

  app.delete(
    '/sessions',
    {
      config: { auth: 'signed-in', beforePasswordChange: true },
      schema: {
        tags: ['me'],
        summary: 'End all other sessions of the account',
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { userId, sid } = request.principal
      await core.sessions.endAll(userId, sid, 'ended-by-user', core.client(request))
      return reply.code(204).send(null)
    },
  )
}

export default sessions
