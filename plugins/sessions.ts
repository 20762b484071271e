import fp from 'fastify-plugin'
import { createRefreshTokens } from '../src/protocol/refresh-token.ts'
import { createPrincipalCache } from '../src/sessions/principal-cache.ts'
import { createSessions, type Sessions } from '../src/sessions/sessions.ts'
import { internalsOf, provide } from '../src/wiring/internals.ts'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    sessions: Sessions
  }
}

export default fp(
  async (app) => {
    const { roles, store, clock, events, refusalEvents, accessTokens, keys, config, measure } =
      internalsOf(app)
    const sessions = createSessions({
      roles,
      store,
      clock,
      events,
      refusalEvents,
      accessTokens,
      refreshTokens: createRefreshTokens(keys.refreshToken),
      principalCache: createPrincipalCache(store),
      settings: config,
    })
    provide(app, { sessions: measure('refresh', sessions, ['refresh']) })
  },
  { name: 'sessions', dependencies: ['env', 'clock', 'database', 'events', 'jwt', 'roles', 'metrics'] },
)
