/**
 * Records refused tokens as events, with a log line each.
 *
 * Threat: an attacker tries forged tokens, or tokens of ended sessions, and the operator does not
 * notice.
 * Guarantee: each refusal is an event with code, route and address, and with its session if the
 * token was genuine. Equal refusals are recorded once a minute, bounded as refusal-events.ts says.
 * An event holds no part of a token.
 * Limits: a request without a token is no event. A late or reused refresh token has its own event.
 * Source: OWASP ASVS 5.0 V16.3.1.
 */
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { AuthError, type AuthErrorCode } from '../src/errors.ts'
import { internalsOf, provide } from '../src/wiring/internals.ts'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    /** Records that a token of this request was refused. Ignores other errors. Never rejects. */
    recordRefusedToken(request: FastifyRequest, error: unknown): Promise<void>
  }
}

const REFUSED: ReadonlySet<AuthErrorCode> = new Set([
  'TOKEN_INVALID',
  'TOKEN_EXPIRED',
  'COOKIE_AMBIGUOUS',
  'SESSION_ENDED',
])

export default fp(
  async (app) => {
    const { refusalEvents, limitedAddress, client } = internalsOf(app)

    async function recordRefusedToken(request: FastifyRequest, error: unknown): Promise<void> {
      if (!(error instanceof AuthError) || !REFUSED.has(error.code)) return
      const { code, reason, session } = error
      const what = reason === undefined ? code : `${code} ${reason}`
      await refusalEvents.record('token-refused', `${session?.sid ?? limitedAddress(request)} ${code}`, {
        client: client(request),
        reason: `${what}, ${request.method} ${request.routeOptions.url}`,
        ...session,
      })
    }
    provide(app, { recordRefusedToken })
  },
  { name: 'refused-tokens', dependencies: ['events'] },
)
