import type { IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** The media type of an upload. */
export const UPLOADED = 'application/octet-stream'

/** Guarded routes that wait for a signal: while the body arrives, or in the handler. */
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
      // The request was authenticated by its head before its body is read. The client holds the
      // body back.
      app.addContentTypeParser(UPLOADED, (request: FastifyRequest, payload: IncomingMessage) => {
        stop((request.params as { id: string }).id).reached.resolve()
        return buffer(payload)
      })
      app.post('/slow-upload/:id', async () => ({}))
      // Before the guard, which is a preHandler.
      app.get('/slow-hook/:id', { preValidation: holding }, async () => ({}))
      app.get('/slow-handler/:id', async (request) => {
        await holding(request)
        return {}
      })
    },
  }
}
