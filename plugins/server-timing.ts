import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { internalsOf } from '../src/wiring/internals.ts'
import { stateOf } from '../src/wiring/request-state.ts'

/**
 * Reports the state of the session to developers, in a header that pages and the browser's network
 * panel can read: `session;desc="refreshed", generation;desc="5", access;dur=9000, life;dur=10000,
 * outcome;desc="rotated", auth;dur=0.31`. The outcome says how a refresh was answered. Durations
 * are in milliseconds: the remaining life of the access token, the longest life of a new one, and
 * the time for authentication. In development only.
 */
export default fp(
  async (app) => {
    const { clock, config } = internalsOf(app)
    if (!config.development) return
    const lifeMs = config.accessTtlSeconds * 1_000

    // After the cookies plugin, which leaves the cookies out of a late response.
    app.addHook('onSend', (request, reply, _payload, done) => {
      const report = sessionReport(request, reply)
      if (report !== undefined) reply.header('server-timing', report + authentication(request))
      done()
    })

    function sessionReport(request: FastifyRequest, reply: FastifyReply): string | undefined {
      const { principal } = request
      const { cookieChange: change } = stateOf(request)
      const now = clock.now()
      if (change === 'clear') return 'session;desc="ended"'
      if (change !== null) {
        if (!reply.hasHeader('set-cookie')) return undefined
        // An access token expires at a whole second.
        const leftMs = change.tokens().expiresInSeconds * 1_000 - (now % 1_000)
        return `${reportOf('refreshed', change.principal.generation, leftMs)}, outcome;desc="${change.outcome}"`
      }
      if (principal === null) return undefined
      return reportOf('known', principal.generation, principal.expiresAt - now)
    }

    function authentication(request: FastifyRequest): string {
      const { authenticationMs } = stateOf(request)
      return authenticationMs === null ? '' : `, auth;dur=${Number(authenticationMs.toFixed(3))}`
    }

    function reportOf(what: string, generation: number, leftMs: number): string {
      return `session;desc="${what}", generation;desc="${generation}", access;dur=${Math.max(0, leftMs)}, life;dur=${lifeMs}`
    }
  },
  { name: 'server-timing', dependencies: ['env', 'clock', 'cookies', 'authenticate', 'metrics'] },
)
