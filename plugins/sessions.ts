import fp from 'fastify-plugin'
import { createRefreshTokens } from '../src/protocol/refresh-token.ts'
import { createPrincipals } from '../src/sessions/principals.ts'
import { createSessions, type Sessions } from '../src/sessions/sessions.ts'

declare module 'fastify' {
  interface FastifyInstance {
    sessions: Sessions
  }
}

export default fp(
  async (app) => {
    const { roles, store, clock, events, refusalEvents, accessTokens, keys, config } = app
    const sessions = createSessions({
      roles,
      store,
      clock,
      events,
      refusalEvents,
      accessTokens,
      refreshTokens: createRefreshTokens(keys.refreshToken),
      principals: createPrincipals(store),
      settings: config,
    })
    app.decorate('sessions', app.measure('refresh', sessions, ['refresh', 'renew']))
  },
  { name: 'sessions', dependencies: ['env', 'clock', 'database', 'events', 'jwt', 'roles', 'metrics'] },
)
