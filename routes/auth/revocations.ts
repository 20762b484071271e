import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { RevocationsHeadersSchema, RevocationsSchema } from '../../src/schemas/revocations.ts'
import { internalsOf } from '../../src/wiring/internals.ts'

const STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  // A proxy that compresses or buffers would hold events back. nginx knows the second header.
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
}

const revocations: FastifyPluginAsyncTypebox = async (app) => {
  const core = internalsOf(app)
  app.get(
    '/revocations',
    {
      // The answer to HEAD would be a stream that nothing reads.
      exposeHeadRoute: false,
      config: { auth: { client: true }, refusals: ['SERVER_BUSY'] },
      schema: {
        tags: ['services'],
        summary: 'Hear of sessions that end',
        description:
          'A stream of the sessions that end or go stale, and of the accounts whose sessions all do, for services that verify access tokens themselves. It names ids only. It can be resumed at any process of the service with `Last-Event-ID`.',
        produces: ['text/event-stream'],
        headers: RevocationsHeadersSchema,
        response: { 200: RevocationsSchema },
      },
    },
    async (request, reply) => {
      const stream = await core.openRevocations(request, request.headers['last-event-id'] ?? null)
      return reply.headers(STREAM_HEADERS).send(stream as never)
    },
  )
}

export default revocations
