import type { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { createRevocationStreams } from '../src/revocations/streams.ts'
import { internalsOf, provide } from '../src/wiring/internals.ts'
import { stateOf } from '../src/wiring/request-state.ts'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    /**
     * Opens the stream of revocations for the registered client of a request.
     * @param place the place of the feed after which the stream begins
     * @throws AuthError SERVER_BUSY if there are too many streams, STORE_UNAVAILABLE
     */
    openRevocations(request: FastifyRequest, place: string | null): Promise<Readable>
  }
}

const MAX_HEARTBEAT_MS = 5_000

/** The streams of revocations of this process. They end when the service begins to stop. */
export default fp(
  async (app) => {
    const { store, config } = internalsOf(app)
    const streams = createRevocationStreams({
      feed: store,
      isRegistered: async (id) => (await store.findClient(id)) !== undefined,
      // CONNECTION_TIMEOUT closes a connection without traffic.
      heartbeatMs: Math.min(MAX_HEARTBEAT_MS, (config.connectionTimeoutSeconds * 1_000) / 2),
      onOutage: (error) =>
        app.log.warn({ err: error }, 'Ended the streams of revocations: the change feed cannot be read'),
    })
    provide(app, {
      openRevocations: (request, place) =>
        // The guard of the route lets only registered clients in.
        streams.open((stateOf(request).oauthClient as { id: string }).id, place),
    })
    app.addHook('preClose', async () => streams.close())
  },
  { name: 'revocations', dependencies: ['env', 'database', 'clients'] },
)
