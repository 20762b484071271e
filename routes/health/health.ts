import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'

const StatusSchema = Type.Object({ status: Type.String() })

const health: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/live',
    {
      config: { auth: 'public' },
      schema: { tags: ['health'], summary: 'The process runs', response: { 200: StatusSchema } },
    },
    async () => ({ status: 'live' }),
  )

  app.get(
    '/ready',
    {
      config: { auth: 'public' },
      schema: {
        tags: ['health'],
        summary: 'The service can answer: its store does, and it is not about to stop',
        response: { 200: StatusSchema, 503: StatusSchema },
      },
    },
    async (_request, reply) => {
      if (await app.isReady()) return { status: 'ready' }
      return reply.code(503).header('retry-after', 1).send({ status: 'unavailable' })
    },
  )
}

export default health
