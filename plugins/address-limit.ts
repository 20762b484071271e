import fastifyRateLimit from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { AuthError } from '../src/errors.ts'
import { RATE_LIMIT_WINDOW_MS } from '../src/http/request-counts.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The hook that counts all requests of an address. */
    limitPerAddress(request: FastifyRequest, reply: FastifyReply): Promise<void>
    /** Counts a request for its address after all, without refusing it. */
    countForAddress(request: FastifyRequest): Promise<unknown>
    /** The refusal of a limit, after it was recorded. `key` is what was refused: it is recorded once a minute. */
    refuseByLimit(request: FastifyRequest, reply: FastifyReply, refusal: LimitRefusal): Promise<AuthError>
  }
}

export interface LimitRefusal {
  readonly setting: 'RATE_LIMIT_MAX' | 'LOGIN_RATE_LIMIT_MAX'
  readonly limit: number
  readonly key: string
  readonly retryAfterSeconds: number
  /** The session whose limit it is. */
  readonly session?: { readonly sid: string; readonly userId: string }
}

/** So many requests a minute from one address. What a session may send besides is in session-limit.ts. */
export default fp(
  async (app) => {
    const { rateLimitMax } = app.config
    await app.register(fastifyRateLimit, {
      global: false,
      max: rateLimitMax,
      timeWindow: RATE_LIMIT_WINDOW_MS,
      keyGenerator: (request: FastifyRequest) => request.limitedAddress(),
      enableDraftSpec: true,
      // Told when it matters: on the answer that refuses.
      addHeadersOnExceeding: {
        'ratelimit-limit': false,
        'ratelimit-remaining': false,
        'ratelimit-reset': false,
      },
      errorResponseBuilder: (_request, { ttl }) =>
        new AuthError('RATE_LIMITED', { retryAfterSeconds: Math.max(1, Math.ceil(ttl / 1_000)) }),
    })

    const toldAs = (request: FastifyRequest, setting: string) => ({
      client: request.client(),
      reason: `${setting}, ${request.method} ${request.routeOptions.url ?? 'where there is nothing'}`,
    })

    app.decorate(
      'refuseByLimit',
      async (request, reply, { setting, limit, key, retryAfterSeconds, session }) => {
        const details = { ...toldAs(request, setting), ...session }
        await app.refusalEvents.record('rate-limited', key, details)
        // The headers that @fastify/rate-limit gives to its own refusals.
        reply.headers({
          'ratelimit-limit': limit,
          'ratelimit-remaining': 0,
          'ratelimit-reset': retryAfterSeconds,
        })
        return new AuthError('RATE_LIMITED', { retryAfterSeconds: Math.max(1, retryAfterSeconds) })
      },
    )

    // Both count in the same place.
    const counted = app.rateLimit()
    app.decorate('countForAddress', app.createRateLimit())

    app.decorate('limitPerAddress', async (request, reply) => {
      try {
        await counted.call(app, request, reply)
      } catch (error) {
        await app.refusalEvents.record(
          'rate-limited',
          request.limitedAddress(),
          toldAs(request, 'RATE_LIMIT_MAX'),
        )
        throw error
      }
    })
  },
  { name: 'address-limit', dependencies: ['env', 'events'] },
)
