import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { EventListQuerySchema, EventListSchema, presentEvent } from '../../src/schemas/event.ts'
import { limitOf } from '../../src/schemas/page.ts'
import { internalsOf } from '../../src/wiring/internals.ts'

const events: FastifyPluginAsyncTypebox = async (app) => {
  const core = internalsOf(app)
  app.get(
    '/events',
    {
      config: { auth: { permission: 'events:read' } },
      schema: {
        tags: ['administration'],
        summary: 'List security events, the newest first',
        querystring: EventListQuerySchema,
        response: { 200: EventListSchema },
      },
    },
    async ({ query }) => {
      const { entries, nextCursor } = await core.events.list({ ...query, limit: limitOf(query) })
      return { events: entries.map(presentEvent), nextCursor }
    },
  )
}

export default events
