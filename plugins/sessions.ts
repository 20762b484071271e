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

export interface SessionsPluginOptions {
  /**
   * Shortens the lifetime of access tokens: a random number from 0 up to, and not including, 1. The
   * default is `Math.random`.
   */
  readonly jitter?: () => number
}

export default fp<SessionsPluginOptions>(
  async (app, { jitter }) => {
    const core = internalsOf(app)
    const { roles, store, clock, events, refusalEvents, accessTokens, keys, keyPairs, config, measure } = core
    const principalCache = createPrincipalCache(store)
    await keyPairs.follow((_pairs, wasWithdrawn) => {
      if (wasWithdrawn) principalCache.forgetAll()
    })
    const sessions = createSessions({
      roles,
      store,
      clock,
      events,
      refusalEvents,
      accessTokens,
      refreshTokens: createRefreshTokens(keys.refreshToken),
      principalCache,
      settings: config,
      jitter,
      notices: core.mail.notices,
    })
    provide(app, { sessions: measure('refresh', sessions, ['refresh']) })
  },
  {
    name: 'sessions',
    dependencies: ['env', 'clock', 'database', 'events', 'key-pairs', 'jwt', 'roles', 'metrics', 'mail'],
  },
)
