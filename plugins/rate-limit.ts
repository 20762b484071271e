import type { RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { isForClients } from '../src/access/admission.ts'
import type { Guard } from '../src/access/guards.ts'
import { hookList } from '../src/hooks/hook-list.ts'
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
      const guard = config?.auth as Guard
      if (isForClients(guard)) return core.limitPerClient(guard)
      return guard === 'public' ? core.limitPerAddress : core.limitPerSession
    }

    app.addHook('onRoute', (route) => {
      if (route.config?.limit !== 'strict') return
      route.preParsing = [
        (request, reply) => core.limitStrictly(request, reply),
        ...hookList(route.preParsing),
      ]
    })
  },
  { name: 'rate-limit', dependencies: ['env', 'guards', 'address-limit', 'session-limit'] },
)
