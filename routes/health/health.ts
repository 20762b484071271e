import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ErrorSchema } from '../../src/schemas/error.ts'
import { retryAfter } from '../../src/schemas/retry-after.ts'
import Type from '../../src/typebox.ts'
import { internalsOf } from '../../src/wiring/internals.ts'

const status = <const Status extends string>(value: Status) =>
  Type.Object({ status: Type.Literal(value) }, { examples: [{ status: value }] })

const ReadySchema = Type.Object(
  {
    status: Type.Literal('ready'),
    degraded: Type.Optional(
      Type.Literal(true, {
        description: 'Redis is away: each machine counts the limits in its own memory',
      }),
    ),
  },
  { examples: [{ status: 'ready' }] },
)

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
        response: { 200: ReadySchema, 503: NotReadySchema },
      },
    },
    async (_request, reply) => {
      if (await core.isReady()) {
        return { status: 'ready' as const, ...(core.isDegraded() && { degraded: true as const }) }
      }
      return reply.code(503).header('retry-after', 1).send({ status: 'unavailable' })
    },
  )
}

export default health
