import type { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import Type from '../../src/typebox.ts'
import { internalsOf } from '../../src/wiring/internals.ts'

const MAX_UPLOAD_MS = 60_000

/**
 * Routes for the Live page, which shows in a minute what otherwise takes hours. In development
 * only.
 */
const demo: FastifyPluginAsyncTypebox = async (app) => {
  const core = internalsOf(app)
  if (!core.config.development) return
  const hidden = { hide: true }

  // Public: a guard would refresh an expired access token, and this route would discard the new
  // one.
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

  // Reads slowly, so that the browser holds its data back, as on a slow connection.
  app.addContentTypeParser('application/octet-stream', async (request: FastifyRequest, body: Readable) => {
    const ms = Math.min(Number((request.query as { ms?: unknown }).ms) || 0, MAX_UPLOAD_MS)
    return readSlowly(body, Number(request.headers['content-length']), ms).catch((error: Error) => {
      // The client has closed the connection. Fastify also answers 400 for a body that it reads
      // itself.
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

  // Ends the session as another device would: the response leaves the browser's cookies alone.
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

/** @returns the number of bytes */
async function readSlowly(body: Readable, expected: number, ms: number): Promise<number> {
  const startedAt = performance.now()
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    await wait(Math.max(0, (bytes / expected) * ms - (performance.now() - startedAt)))
  }
  return bytes
}

export default demo
