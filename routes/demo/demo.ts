import type { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import Type from 'typebox'
import { internalsOf } from '../../src/wiring/internals.ts'

const LONGEST_UPLOAD_MS = 60_000

/** What the Live page needs to show in a minute what otherwise takes an afternoon. In development only. */
const demo: FastifyPluginAsyncTypebox = async (app) => {
  const core = internalsOf(app)
  if (!core.config.development) return
  const hidden = { hide: true }

  // Public: a guard would refresh an access token that has run out, only for it to be thrown away.
  app.post(
    '/use-up',
    { config: { auth: 'public' }, schema: { ...hidden, response: { 204: Type.Null() } } },
    async (_request, reply) => {
      core.clearCookie(reply, core.cookieNames.access)
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

  // Read no faster than `ms` allows, so that the browser has to hold back what it has not sent: an upload over a slow line.
  // As with every body, this comes before anybody asks who is calling.
  app.addContentTypeParser('application/octet-stream', async (request: FastifyRequest, body: Readable) => {
    const ms = Math.min(Number((request.query as { ms?: unknown }).ms) || 0, LONGEST_UPLOAD_MS)
    return readSlowly(body, Number(request.headers['content-length']), ms).catch((error: Error) => {
      // Cut off by whoever sent it, as the framework would say of a body that it reads itself.
      throw Object.assign(error, { statusCode: 400 })
    })
  })
  app.post(
    '/upload',
    {
      config: { auth: 'signed-in' },
      schema: { ...hidden, querystring: Type.Object({ ms: Type.String({ pattern: '^[0-9]{1,5}$' }) }) },
    },
    async ({ body, principal }) => ({ bytes: body, generation: principal.generation }),
  )

  // As another device would end it: the browser that asks is told nothing, and keeps its cookies.
  app.post(
    '/revoke',
    { config: { auth: 'signed-in' }, schema: { ...hidden, response: { 204: Type.Null() } } },
    async (request, reply) => {
      const { userId, sid } = request.principal
      await core.sessions.endOwn(userId, sid, core.client(request))
      return reply.code(204).send(null)
    },
  )
}

/** @returns how many bytes there were */
async function readSlowly(body: Readable, expected: number, ms: number): Promise<number> {
  const begun = performance.now()
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    await wait(Math.max(0, (bytes / expected) * ms - (performance.now() - begun)))
  }
  return bytes
}

export default demo
