/**
 * Introspection (RFC 7662) and revocation (RFC 7009) of tokens. The form of a token tells its type,
 * so the client's hint is not needed.
 *
 * Threat: another program learns from an endpoint what a token is worth, or ends sessions of which
 * it has no token. A thief tests a stolen refresh token without an alarm.
 * Guarantee: only authenticated callers introspect, and the guard of the route says which. A
 * revocation needs a genuine token, and ends its session as a sign-out does. A reused refresh token
 * that is revoked raises the alarm of a theft.
 * Limits: a client that introspects can test refresh tokens without an alarm. It is trusted, and
 * limited by CLIENT_RATE_LIMIT_MAX. An expired access token ends no session.
 */
import type { Clock } from '../clock.ts'
import { readRefreshToken } from '../protocol/refresh-token.ts'
import type { InspectedToken } from '../sessions/inspection.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { RefreshRequest } from '../sessions/verdicts.ts'

export interface Introspection {
  /** Returns null for a token that the service would not accept now. */
  introspect(token: string): Promise<InspectedToken | null>
  /** Ends the session of a genuine token. Any other token changes nothing. */
  revoke(token: string, shown: Pick<RefreshRequest, 'arrived' | 'client' | 'isGone'>): Promise<void>
}

export interface IntrospectionOptions {
  readonly sessions: Pick<Sessions, 'inspect' | 'sessionOf' | 'sessionOfAccessToken' | 'end'>
  readonly clock: Clock
}

export const createIntrospection = ({ sessions, clock }: IntrospectionOptions): Introspection => ({
  // Not by the arrival of the request: the client may have kept its body back.
  introspect: (token) => sessions.inspect(token, clock.now()),

  async revoke(token, shown) {
    const session = readRefreshToken(token)
      ? await sessions.sessionOf(token, shown)
      : await sessions.sessionOfAccessToken(token, shown.arrived)
    if (session !== null) await sessions.end(session, 'logout', shown.client)
  },
})
