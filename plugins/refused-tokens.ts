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
import fp from 'fastify-plugin'
import { AuthError, type AuthErrorCode } from '../src/errors.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Records that a token of this request was refused. Other errors are not recorded. Never rejects. */
    recordRefusedToken(error: unknown): Promise<void>
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
    app.decorateRequest('recordRefusedToken', async function recordRefusedToken(error) {
      if (!(error instanceof AuthError) || !REFUSED.has(error.code)) return
      const { code, reason, session } = error
      const what = reason === undefined ? code : `${code} ${reason}`
      await app.refusalEvents.record('token-refused', `${session?.sid ?? this.limitedAddress()} ${code}`, {
        client: this.client(),
        reason: `${what}, ${this.method} ${this.routeOptions.url}`,
        ...session,
      })
    })
  },
  { name: 'refused-tokens', dependencies: ['events'] },
)
