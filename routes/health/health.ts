import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { ErrorSchema } from '../../src/schemas/error.ts'
import { retryAfter } from '../../src/schemas/retry-after.ts'
import { internalsOf } from '../../src/wiring/internals.ts'

const status = <const Status extends string>(value: Status) =>
  Type.Object({ status: Type.Literal(value) }, { examples: [{ status: value }] })

/** The second shape is the answer of every route while the service is overloaded. */
const NotReadySchema = Type.Union([status('unavailable'), ErrorSchema], {
  description: 'The service is not ready: send requests elsewhere',
  headers: retryAfter,
  examples: [{ status: 'unavailable' }],
})

const health: FastifyPluginAsyncTypebox = async (app) => {
  const core = internalsOf(app)
  app.get(
    '/live',
    {
      config: { auth: 'public' },
      schema: { tags: ['health'], summary: 'Check that the process runs', response: { 200: status('live') } },
    },
    async () => ({ status: 'live' as const }),
  )

  app.get(
    '/ready',
    {
      config: { auth: 'public' },
      schema: {
        tags: ['health'],
        summary: 'Check that the service is ready: its database answers, and it is not stopping',
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
