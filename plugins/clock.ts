import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { type Clock, systemClock } from '../src/clock.ts'
import { internalsOf, provide } from '../src/wiring/internals.ts'
import { REQUEST_STATE, stateOf } from '../src/wiring/request-state.ts'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    clock: Clock
    /** `request.tacit.arrivedAt`, see src/wiring/request-facade.ts and held-requests.ts. */
    arrivedAt(request: FastifyRequest): number
  }
}

export interface ClockOptions {
  readonly clock?: Clock
}

export default fp<ClockOptions>(
  async (app, options) => {
    const clock = options.clock ?? systemClock
    const oldestMs = internalsOf(app).config.requestTimeoutSeconds * 1_000
    app.decorateRequest(REQUEST_STATE as unknown as string, null)
    provide(app, {
      clock,
      // Stored as elapsed time, so that a correction of the clock also moves the arrival.
      arrivedAt: (request) =>
        // Rounded, because the arrival may be stored in a row and the monotonic clock is finer.
        clock.now() - Math.min(oldestMs, Math.round(clock.monotonic() - stateOf(request).arrivedTick)),
    })
    app.addHook('onRequest', (request, _reply, done) => {
      stateOf(request).arrivedTick = clock.monotonic()
      done()
    })
  },
  { name: 'clock', dependencies: ['env'] },
)
