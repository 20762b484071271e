import type { RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { RATE_LIMIT_WINDOW_MS } from '../src/http/request-counts.ts'
import { internalsOf } from '../src/wiring/internals.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * `strict` for routes that take a password or issue tokens: LOGIN_RATE_LIMIT_MAX, counted over
     * all of them.
     * `session` for a public route that exchanges the refresh cookie.
     */
    limit?: 'strict' | 'session'
  }
}

/**
 * Adds the limits of each route: per session or per address, and the strict limit if the route
 * declares it.
 */
export default fp(
  async (app) => {
    const core = internalsOf(app)
    const { loginRateLimitMax: max } = core.config

    app.addHook('onRoute', function onRoute(route) {
      if (!core.scope.covers(this, route)) return
      const existing = route.onRequest === undefined ? [] : [route.onRequest].flat()
      // `recognise` stays first: the session limit uses its result.
      const isRecognised = existing[0] === core.recognise
      route.onRequest = isRecognised
        ? [core.recognise, limitOf(route), ...existing.slice(1)]
        : [limitOf(route), ...existing]
    })

    function limitOf({ config }: RouteOptions) {
      if (config?.limit === 'session') return core.limitPerRefreshToken
      return config?.auth === 'public' ? core.limitPerAddress : core.limitPerSession
    }

    const strict = core.createRateLimit({ max, timeWindow: RATE_LIMIT_WINDOW_MS })
    app.addHook('onRoute', (route) => {
      if (route.config?.limit !== 'strict') return
      const existing = route.preParsing === undefined ? [] : [route.preParsing].flat()
      route.preParsing = [
        async (request, reply) => {
          const limit = await strict(request)
          if (limit.isAllowed || !limit.isExceeded) return
          throw await core.refuseByLimit(request, reply, {
            setting: 'LOGIN_RATE_LIMIT_MAX',
            limit: max,
            key: `strict ${limit.key}`,
            retryAfterSeconds: limit.ttlInSeconds,
          })
        },
        ...existing,
      ]
    })
  },
  { name: 'rate-limit', dependencies: ['env', 'guards', 'address-limit', 'session-limit'] },
)
