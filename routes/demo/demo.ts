import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'

/** What the Live page needs to show in a minute what otherwise takes an afternoon. In development only. */
const demo: FastifyPluginAsyncTypebox = async (app) => {
  if (!app.config.development) return
  const hidden = { hide: true }

  // Public: a guard would refresh an access token that has run out, only for it to be thrown away.
  app.post(
    '/use-up',
    { config: { auth: 'public' }, schema: { ...hidden, response: { 204: Type.Null() } } },
    async (_request, reply) => {
      reply.clearCookie(app.cookieNames.access, {
        path: '/',
        httpOnly: true,
        secure: app.config.cookieSecure,
      })
      return reply.code(204).send(null)
    },
  )

  app.get(
    '/slow',
    {
      config: { auth: 'signed-in' },
      schema: { ...hidden, querystring: Type.Object({ ms: Type.String({ pattern: '^[0-9]{1,5}$' }) }) },
    },
    async ({ query, principal }) => {
      await wait(Number(query.ms))
      return { generation: principal.generation }
    },
  )

  // As another device would end it: the browser that asks is told nothing, and keeps its cookies.
  app.post(
    '/revoke',
    { config: { auth: 'signed-in' }, schema: { ...hidden, response: { 204: Type.Null() } } },
    async (request, reply) => {
      const { userId, sid } = request.principal
      await app.sessions.endOwn(userId, sid, request.client())
      return reply.code(204).send(null)
    },
  )
}

export default demo
