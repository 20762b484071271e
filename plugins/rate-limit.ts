import fastifyRateLimit, { normalizeIP } from '@fastify/rate-limit'
import type { FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { AuthError } from '../src/errors.ts'
import type { Principal } from '../src/sessions/principals.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `strict` for routes that take a password or hand out tokens: LOGIN_RATE_LIMIT_MAX, counted over all of them. */
    limit?: 'strict'
  }
  interface FastifyInstance {
    /** The hook that counts requests of an address, whoever makes them. */
    limitPerAddress(request: FastifyRequest, reply: FastifyReply): Promise<void>
  }
}

const WINDOW_MS = 60_000

interface Usage {
  requests: number
  /** In the clock's even milliseconds. */
  windowEndsAt: number
}

/**
 * So many requests a minute: from one address, where an IPv6 address counts as its /64, or of one caller who is known.
 * Whoever shows an access token that this process remembers is counted apart from the others at the address, who may
 * be a whole office; and without the limiter's bookkeeping, which would be a third of the request.
 */
export default fp(
  async (app) => {
    const { rateLimitMax, loginRateLimitMax } = app.config
    await app.register(fastifyRateLimit, {
      global: false,
      max: rateLimitMax,
      timeWindow: WINDOW_MS,
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

    const { refusalEvents } = app
    const toldAs = (request: FastifyRequest, setting: string) => ({
      client: request.client(),
      reason: `${setting}, ${request.method} ${request.routeOptions.url ?? 'where there is nothing'}`,
    })

    const counted = app.rateLimit()
    app.decorate('limitPerAddress', async (request, reply) => {
      try {
        await counted.call(app, request, reply)
      } catch (error) {
        const key = normalizeIP(request.ip)
        await refusalEvents.record('rate-limited', key, toldAs(request, 'RATE_LIMIT_MAX'))
        throw error
      }
    })

    const usages = new WeakMap<Principal, Usage>()

    const perCaller: onRequestHookHandler = function perCaller(request, reply, done) {
      const principal = request.recall()
      if (principal === undefined) {
        app.limitPerAddress(request, reply).then(() => done(), done)
        return
      }
      const now = request.arrivedTick
      let usage = usages.get(principal)
      if (usage === undefined || now >= usage.windowEndsAt) {
        usage = { requests: 0, windowEndsAt: now + WINDOW_MS }
        usages.set(principal, usage)
      }
      usage.requests += 1
      if (usage.requests <= rateLimitMax) return done()
      const { sid, userId } = principal
      refusalEvents
        .record('rate-limited', sid, { ...toldAs(request, 'RATE_LIMIT_MAX'), sid, userId })
        .then(() => done(tooMany(reply, rateLimitMax, Math.ceil((usage.windowEndsAt - now) / 1_000))))
    }

    app.addHook('onRoute', (route) => {
      const existing = route.onRequest === undefined ? [] : [route.onRequest].flat()
      route.onRequest = [route.config?.auth === 'public' ? app.limitPerAddress : perCaller, ...existing]
    })

    const strict = app.createRateLimit({ max: loginRateLimitMax, timeWindow: WINDOW_MS })
    app.addHook('onRoute', (route) => {
      if (route.config?.limit !== 'strict') return
      const existing = route.preParsing === undefined ? [] : [route.preParsing].flat()
      route.preParsing = [
        async (request, reply) => {
          const limit = await strict(request)
          if (limit.isAllowed || !limit.isExceeded) return
          const key = `strict ${limit.key}`
          await refusalEvents.record('rate-limited', key, toldAs(request, 'LOGIN_RATE_LIMIT_MAX'))
          throw tooMany(reply, loginRateLimitMax, limit.ttlInSeconds)
        },
        ...existing,
      ]
    })
  },
  { name: 'rate-limit', dependencies: ['env', 'clock', 'events', 'authenticate', 'guards'] },
)

/** A refusal with the headers that @fastify/rate-limit gives to its own. */
function tooMany(reply: FastifyReply, limit: number, seconds: number): AuthError {
  reply.headers({ 'ratelimit-limit': limit, 'ratelimit-remaining': 0, 'ratelimit-reset': seconds })
  return new AuthError('RATE_LIMITED', { retryAfterSeconds: Math.max(1, seconds) })
}
