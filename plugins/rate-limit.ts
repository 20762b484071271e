import fastifyRateLimit from '@fastify/rate-limit'
import fp from 'fastify-plugin'
import { AuthError } from '../src/errors.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `strict` for routes that take a password or hand out tokens: LOGIN_RATE_LIMIT_MAX, counted over all of them. */
    limit?: 'strict'
  }
}

const WINDOW_MS = 60_000

/** So many requests a minute from one address; an IPv6 address counts as its /64. */
export default fp(
  async (app) => {
    const { rateLimitMax, loginRateLimitMax } = app.config
    await app.register(fastifyRateLimit, {
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

    const strict = app.createRateLimit({ max: loginRateLimitMax, timeWindow: WINDOW_MS })
    app.addHook('onRoute', (route) => {
      if (route.config?.limit !== 'strict') return
      const existing = route.preParsing === undefined ? [] : [route.preParsing].flat()
      route.preParsing = [
        async (request) => {
          const limit = await strict(request)
          if (limit.isAllowed || !limit.isExceeded) return
          throw new AuthError('RATE_LIMITED', { retryAfterSeconds: Math.max(1, limit.ttlInSeconds) })
        },
        ...existing,
      ]
    })
  },
  { name: 'rate-limit', dependencies: ['env'] },
)
