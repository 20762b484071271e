import fp from 'fastify-plugin'
import { type Clock, systemClock } from '../src/clock.ts'

declare module 'fastify' {
  interface FastifyInstance {
    clock: Clock
  }
  interface FastifyRequest {
    /**
     * When the request's head was read, in milliseconds since the Unix epoch, but at most REQUEST_TIMEOUT ago. On a public
     * route it is when the body was there: see held-requests.ts. Tokens are judged by this moment.
     */
    readonly arrivedAt: number
    arrivedTick: number
  }
}

export interface ClockOptions {
  readonly clock?: Clock
}

export default fp<ClockOptions>(
  async (app, options) => {
    const clock = options.clock ?? systemClock
    const oldestMs = app.config.requestTimeoutSeconds * 1_000
    app.decorate('clock', clock)
    app.decorateRequest('arrivedTick', 0)
    // Kept as time elapsed: when the time of day is put right meanwhile, the arrival moves along with it.
    app.decorateRequest('arrivedAt', {
      getter() {
        // Whole milliseconds: what was elapsed is finer than that, and the moment may end up in a row.
        return clock.now() - Math.min(oldestMs, Math.round(clock.monotonic() - this.arrivedTick))
      },
    })
    app.addHook('onRequest', (request, _reply, done) => {
      request.arrivedTick = clock.monotonic()
      done()
    })
  },
  { name: 'clock', dependencies: ['env'] },
)
