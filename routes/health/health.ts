import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { ErrorSchema, retryAfter } from '../../src/schemas/error.ts'
import { internalsOf } from '../../src/wiring/internals.ts'

const status = <const Status extends string>(value: Status) =>
  Type.Object({ status: Type.Literal(value) }, { examples: [{ status: value }] })

/** The second is how any route answers that is called while the service is overloaded. */
const NotReadySchema = Type.Union([status('unavailable'), ErrorSchema], {
  description: 'Send requests elsewhere for now',
  headers: retryAfter,
  examples: [{ status: 'unavailable' }],
})

const health: FastifyPluginAsyncTypebox = async (app) => {
  const core = internalsOf(app)
  app.get(
    '/live',
    {
      config: { auth: 'public' },
      schema: { tags: ['health'], summary: 'The process runs', response: { 200: status('live') } },
    },
    async () => ({ status: 'live' as const }),
  )

  app.get(
    '/ready',
    {
      config: { auth: 'public' },
      schema: {
        tags: ['health'],
        summary: 'The service can answer: its store does, and it is not about to stop',
        response: { 200: status('ready'), 503: NotReadySchema },
      },
    },
    async (_request, reply) => {
      if (await core.isReady()) return { status: 'ready' as const }
      return reply.code(503).header('retry-after', 1).send({ status: 'unavailable' })
    },
  )
}

export default health
