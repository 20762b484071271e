/**
 * Exchanges refresh tokens: reads the row, calls `decide` of rotation.ts, and carries the verdict
 * out with verdicts.ts.
 *
 * No request waits for a lock. A rotation is one compare-and-swap. The loser reads the row again,
 * decides again, and is issued the winner's token. In one process, requests with the same token
 * share one exchange and one access token.
 */

import type { Events } from '../audit/events.ts'
import type { RefusalEvents } from '../audit/refusal-events.ts'
import type { Clock } from '../clock.ts'
import { AuthError } from '../errors.ts'
import type { MailNotices } from '../mail/notices.ts'
import { type RefreshTokenClaim, type RefreshTokens, readRefreshToken } from '../protocol/refresh-token.ts'
import { decide } from '../protocol/rotation.ts'
import { type SessionInfo, toSessionInfo } from '../store/session-info.ts'
import type { SessionRowWithUser, SessionStore } from '../store/sessions.ts'
import { endedError, endedSession } from './ended.ts'
import type { Issuance, Issuances } from './issuance.ts'
import type { PrincipalCache } from './principal-cache.ts'
import { createVerdicts, type RefreshRequest } from './verdicts.ts'

export interface Refresh {
  /**
   * Exchanges a refresh token for the session's newest pair of tokens.
   * Rejects with TOKEN_INVALID, SESSION_ENDED, REFRESH_LATE or REFRESH_REUSED, according to the
   * verdict.
   */
  refresh(refreshToken: string, request: RefreshRequest): Promise<Issuance>
  /**
   * The session of a genuine refresh token of any generation, without an exchange. For a token that
   * is presented at a sign-in or a sign-out. Null for a forged token. Reuse ends the session, is
   * recorded, and gives null.
   */
  sessionOf(refreshToken: string, request: RefreshRequest): Promise<SessionInfo | null>
}

export interface RefreshOptions {
  readonly store: SessionStore
  readonly clock: Clock
  readonly refreshTokens: RefreshTokens
  readonly principalCache: PrincipalCache
  readonly issuances: Issuances
  readonly events: Events
  readonly refusalEvents: RefusalEvents
  readonly graceMs: number
  readonly settleMs: number
  readonly notices: Pick<MailNotices, 'sessionReused'>
}

/** An exchange in progress. */
interface Flight {
  readonly issuance: Promise<Issuance>
  /** Version of the principal cache before any row was read. */
  readonly feedVersion: number
}

export function createRefresh(options: RefreshOptions): Refresh {
  const { store, refreshTokens, principalCache, issuances } = options
  const verdicts = createVerdicts(options)
  const flights = new Map<string, Flight>()

  /** The row of a genuine token. */
  async function open(claim: RefreshTokenClaim): Promise<SessionRowWithUser> {
    const found = await store.findSession(claim.sid)
    if (found === undefined) throw endedError(endedSession('unknown', undefined, 0))
    // A forged token must change nothing.
    if (!refreshTokens.verify(claim, found.session.seed)) throw new AuthError('TOKEN_INVALID')
    return found
  }

  /**
   * Rotates by the cached row, without a read: the usual case. Undefined if the row is not cached
   * or the verdict is another one. The compare-and-swap detects a stale row.
   */
  async function rotateRemembered(
    refreshToken: string,
    { sid, generation }: RefreshTokenClaim,
    request: RefreshRequest,
  ): Promise<Issuance | undefined> {
    const session = principalCache.findRefreshToken(sid, refreshToken)
    if (session === undefined) return undefined
    const feedVersion = principalCache.feedVersion()
    const verdict = decide(session, generation, request.arrived, options, request.need)
    return verdict.kind === 'rotate'
      ? verdicts.carryOut(verdict, { session, generation, feedVersion, request })
      : undefined
  }

  async function exchange(refreshToken: string, request: RefreshRequest): Promise<Issuance> {
    const claim = claimOf(refreshToken)
    const rotated = await rotateRemembered(refreshToken, claim, request)
    if (rotated !== undefined) return rotated
    return untilIssued(async () => {
      const feedVersion = principalCache.feedVersion()
      const found = await open(claim)
      const { session } = found
      const verdict = decide(session, claim.generation, request.arrived, options, request.need)
      if (verdict.kind === 'hold') return issuances.issue(found, feedVersion, 'held')
      return verdicts.carryOut(verdict, { session, generation: claim.generation, feedVersion, request })
    })
  }

  return {
    async refresh(refreshToken, request) {
      // The key is the whole token, so a token with a forged MAC never joins a genuine exchange.
      const shared = flights.get(refreshToken)
      if (shared !== undefined) {
        // The exchange may have begun before a role was taken away: a later request must not join
        // it.
        const isStillValid = principalCache.isUnchangedSince(shared.feedVersion)
        // A refusal depends on the arrival of the request, so this request decides for itself.
        const joined = await shared.issuance.catch(unlessOutage)
        if (joined !== undefined && isStillValid) return joined
      }

      const feedVersion = principalCache.feedVersion()
      const flight: Flight = { feedVersion, issuance: exchange(refreshToken, request) }
      flights.set(refreshToken, flight)
      try {
        return await flight.issuance
      } finally {
        if (flights.get(refreshToken) === flight) flights.delete(refreshToken)
      }
    },

    async sessionOf(refreshToken, request) {
      const claim = readRefreshToken(refreshToken)
      const found = claim === null ? undefined : await store.findSession(claim.sid)
      // A forged token must change nothing.
      if (claim === null || found === undefined || !refreshTokens.verify(claim, found.session.seed))
        return null
      const { session } = found
      const { generation } = claim
      const verdict = decide(session, generation, request.arrived, options)
      if (verdict.kind !== 'reuse') return toSessionInfo(session)
      return verdicts.carryOut(verdict, { session, generation, feedVersion: 0, request }).then(
        () => null,
        (error: AuthError) => {
          if (error.code === 'REFRESH_REUSED') return null
          // The client has disconnected. Its request proves no reuse, and the session stays alive.
          if (error.code === 'REFRESH_LATE') return toSessionInfo(session)
          throw error
        },
      )
    },
  }
}

const MAX_ATTEMPTS = 16

/**
 * Repeats the attempt while other requests win the compare-and-swap. It fails only if the row has
 * moved on.
 */
async function untilIssued(attempt: () => Promise<Issuance | undefined>): Promise<Issuance> {
  for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts += 1) {
    const issued = await attempt()
    if (issued !== undefined) return issued
  }
  /* c8 ignore start */
  // Unreachable while `decide` and the conditions of the UPDATE agree. Without it, a disagreement
  // would loop for ever.
  throw new AuthError('STORE_UNAVAILABLE', { retryAfterSeconds: 1 })
}
/* c8 ignore stop */

/** Every request fails alike in an outage, so a request that joined does not try again. */
function unlessOutage(error: AuthError): undefined {
  if (error.statusCode === 503) throw error
}

function claimOf(refreshToken: string): RefreshTokenClaim {
  const claim = readRefreshToken(refreshToken)
  if (claim === null) throw new AuthError('TOKEN_INVALID')
  return claim
}
