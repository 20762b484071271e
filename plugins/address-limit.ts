import fastifyRateLimit from '@fastify/rate-limit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Clock } from '../src/clock.ts'
import { AuthError, messageOf } from '../src/errors.ts'
import { RATE_LIMIT_WINDOW_MS, type RequestCounts } from '../src/http/request-counts.ts'
import type { Limits } from '../src/limits/limits.ts'
import { type Internals, internalsOf, provide } from '../src/wiring/internals.ts'

// The emitted declarations need the types that this package adds to Fastify.
export type {} from '@fastify/rate-limit'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    /** The hook that counts every request of an address. */
    limitPerAddress(request: FastifyRequest, reply: FastifyReply): Promise<void>
    /**
     * Counts a request for the strict limit of its address. Rejects with RATE_LIMITED if the limit
     * is exceeded.
     */
    limitStrictly(request: FastifyRequest, reply: FastifyReply): Promise<void>
    /** Counts a request for its address without refusing it. */
    countForAddress(request: FastifyRequest): Promise<unknown>
    /**
     * Records the refusal of a limit and returns its error. Refusals with the same `key` are
     * recorded once a minute.
     */
    refuseByLimit(request: FastifyRequest, reply: FastifyReply, refusal: LimitRefusal): Promise<AuthError>
  }
}

export interface LimitRefusal {
  readonly setting: 'RATE_LIMIT_MAX' | 'LOGIN_RATE_LIMIT_MAX' | 'CLIENT_RATE_LIMIT_MAX'
  readonly limit: number
  readonly key: string
  readonly retryAfterSeconds: number
  /** The session whose limit is exceeded. */
  readonly session?: { readonly sid: string; readonly userId: string }
}

/**
 * The limit of requests per minute and address. It has its own instance of @fastify/rate-limit, so
 * that the allow list of an application does not loosen the limit of sign-ins. session-limit.ts has
 * the limit of a session.
 */
export default fp(
  async (app) => {
    const core = internalsOf(app)
    const { rateLimitMax, loginRateLimitMax } = core.config
    await core.apart.register(fastifyRateLimit, {
      global: false,
      max: rateLimitMax,
      timeWindow: RATE_LIMIT_WINDOW_MS,
      ...(core.limits.areShared && { store: createStore(core.limits, core.clock, rateLimitMax) }),
      keyGenerator: (request: FastifyRequest) => core.limitedAddress(request),
      enableDraftSpec: true,
      // Only refusals have these headers.
      addHeadersOnExceeding: {
        'ratelimit-limit': false,
        'ratelimit-remaining': false,
        'ratelimit-reset': false,
      },
      errorResponseBuilder: (_request, { ttl, max }) =>
        tooMany('RATE_LIMIT_MAX', max, Math.max(1, Math.ceil(ttl / 1_000))),
    })

    const reportOf = (request: FastifyRequest, setting: string) => ({
      client: core.client(request),
      reason: `${setting}, ${request.method} ${request.routeOptions.url ?? 'where there is nothing'}`,
    })

    const refuseByLimit: Internals['refuseByLimit'] = async (
      request,
      reply,
      { setting, limit, key, retryAfterSeconds, session },
    ) => {
      const details = { ...reportOf(request, setting), ...session }
      await core.refusalEvents.record('rate-limited', key, details)
      // The headers of @fastify/rate-limit's own refusals.
      reply.headers({
        'ratelimit-limit': limit,
        'ratelimit-remaining': 0,
        'ratelimit-reset': retryAfterSeconds,
        'retry-after': Math.max(1, retryAfterSeconds),
      })
      return tooMany(setting, limit, Math.max(1, retryAfterSeconds))
    }

    // Both share one count.
    const counted = core.apart.rateLimit()
    const countForAddress = core.apart.createRateLimit()

    const strict = core.apart.createRateLimit({ max: loginRateLimitMax, timeWindow: RATE_LIMIT_WINDOW_MS })
    const limitStrictly: Internals['limitStrictly'] = async (request, reply) => {
      const limit = await strict(request)
      if (limit.isAllowed || !limit.isExceeded) return
      throw await refuseByLimit(request, reply, {
        setting: 'LOGIN_RATE_LIMIT_MAX',
        limit: loginRateLimitMax,
        key: `strict ${limit.key}`,
        retryAfterSeconds: limit.ttlInSeconds,
      })
    }

    const limitPerAddress: Internals['limitPerAddress'] = async (request, reply) => {
      try {
        await counted.call(core.apart, request, reply)
      } catch (error) {
        await core.refusalEvents.record(
          'rate-limited',
          core.limitedAddress(request),
          reportOf(request, 'RATE_LIMIT_MAX'),
        )
        throw error
      }
    }

    provide(app, { limitStrictly, refuseByLimit, countForAddress, limitPerAddress })
  },
  { name: 'address-limit', dependencies: ['env', 'clock', 'events', 'request-counts'] },
)

const MAX_ADDRESSES_COUNTED = 10_000

/**
 * The store of @fastify/rate-limit for shared counts. Its own store for Redis has no time limit, and
 * lets requests off while Redis is away.
 */
function createStore(limits: Limits, clock: Clock, rateLimitMax: number) {
  return class Store {
    readonly #counts: RequestCounts

    constructor(_options: unknown, counts = limits.counts('address', MAX_ADDRESSES_COUNTED, rateLimitMax)) {
      this.#counts = counts
    }

    async incr(key: string, done: (error: Error | null, result?: { current: number; ttl: number }) => void) {
      const now = clock.monotonic()
      const { requests, endsAt } = await this.#counts.add(key, now)
      done(null, { current: requests, ttl: Math.max(1, endsAt - now) })
    }

    /** Only the strict limit has a store of its own. Its counts are exact. */
    child() {
      return new Store(undefined, limits.counts('strict', MAX_ADDRESSES_COUNTED))
    }
  }
}

const tooMany = (setting: LimitRefusal['setting'], limit: number, retryAfterSeconds: number): AuthError =>
  new AuthError('RATE_LIMITED', {
    message: `${messageOf('RATE_LIMITED')}: ${setting} allows ${limit} per minute`,
    retryAfterSeconds,
  })
