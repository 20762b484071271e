import type { FastifyInstance } from 'fastify'

/** Guarded routes that stand still until they are told to go on: while the body comes in, or in the handler. */
export function heldRoutes() {
  const stops = new Map<string, { reached: PromiseWithResolvers<void>; opened: PromiseWithResolvers<void> }>()

  function stop(id: string) {
    const found = stops.get(id)
    if (found !== undefined) return found
    const made = { reached: Promise.withResolvers<void>(), opened: Promise.withResolvers<void>() }
    stops.set(id, made)
    return made
  }

  const holding = async (request: { params: unknown }): Promise<void> => {
    const { reached, opened } = stop((request.params as { id: string }).id)
    reached.resolve()
    await opened.promise
  }

  return {
    reached: (id: string): Promise<void> => stop(id).reached.promise,
    open: (id: string): void => stop(id).opened.resolve(),
    routes(app: FastifyInstance): void {
      app.get('/plain/:id', async () => ({}))
      // Before the guard, which is a preHandler: as long as a body takes to arrive.
      app.get('/slow-upload/:id', { preValidation: holding }, async () => ({}))
      app.get('/slow-handler/:id', async (request) => {
        await holding(request)
        return {}
      })
    },
  }
}
