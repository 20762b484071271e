/**
 * Tokens that were refused leave a trace: an event, and with it a line in the log.
 *
 * Threat: an attacker tries forged tokens, or a token of a session that has ended, and the operator sees nothing of it.
 * Guarantee: each such refusal is an event with its code, route, address and, if the token was genuine, its session;
 * once a minute for the same, and bounded as refusal-events.ts says. No byte of a token is in it.
 * Limits: a request without any token is no event. A refresh token that is late or reused has an event of its
 * own.
 * Source: OWASP ASVS 5.0 V16.3.1.
 */
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { AuthError, type AuthErrorCode } from '../src/errors.ts'
import { internalsOf, provide } from '../src/wiring/internals.ts'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    /** Records that a token of this request was refused. Other errors are not recorded. Never rejects. */
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
