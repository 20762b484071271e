/**
 * Exchanging refresh tokens: reads the row, asks rotation.ts, and has verdicts.ts carry the answer out.
 *
 * No request waits for a lock. A rotation is one compare-and-swap; the loser reads the row again, decides again, and is
 * handed the token that the winner made. In one process, requests that present the same token share one flight and
 * one access token.
 */

import type { Events } from '../audit/events.ts'
import type { RefusalEvents } from '../audit/refusal-events.ts'
import type { Clock } from '../clock.ts'
import { AuthError } from '../errors.ts'
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
   * Exchanges a refresh token for the session's newest pair.
   * Rejects with TOKEN_INVALID, SESSION_ENDED, REFRESH_LATE or REFRESH_REUSED, as the decision has it.
   */
  refresh(refreshToken: string, request: RefreshRequest): Promise<Issuance>
  /**
   * The session that a refresh token was issued for, of whatever generation the token is. Exchanges nothing: for a token
   * that is shown at a sign-in or a sign-out. Null for a token that is not ours. A token that was used before, as the decision
   * has it, ends its session and is recorded; the answer is null then.
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
}

/** An exchange that is under way. */
interface Flight {
  readonly issuance: Promise<Issuance>
  /** As the principal cache gave it before anything was read. */
  readonly feedVersion: number
}

export function createRefresh(options: RefreshOptions): Refresh {
  const { store, refreshTokens, principalCache, issuances } = options
  const verdicts = createVerdicts(options)
  const flights = new Map<string, Flight>()

  /** The row a token belongs to, once the token is known to be ours. */
  async function open(claim: RefreshTokenClaim): Promise<SessionRowWithUser> {
    const found = await store.findSession(claim.sid)
    if (found === undefined) throw endedError(endedSession('unknown', undefined, 0))
    // Not ours: noise, which must not be able to change anything.
    if (!refreshTokens.verify(claim, found.session.seed)) throw new AuthError('TOKEN_INVALID')
    return found
  }

  /**
   * Undefined unless the row that is remembered leads to a rotation: the usual case, with nothing to read beforehand.
   * The compare-and-swap finds out whether the row is still so. Every other verdict is the row's own.
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
      // The whole token is the key: one with a forged MAC never joins the flight of a genuine one.
      const shared = flights.get(refreshToken)
      if (shared !== undefined) {
        // A role that was taken away since the flight began must not let in a request that comes after that.
        const isTrueStill = principalCache.isUnchangedSince(shared.feedVersion)
        // A refusal was judged by another request's arrival: this one is judged by its own.
        const joined = await shared.issuance.catch(unlessOutage)
        if (joined !== undefined && isTrueStill) return joined
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
      // Not ours: noise, which must not be able to change anything.
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
          // The client had gone: its request is overtaken, and its session is still its own.
          if (error.code === 'REFRESH_LATE') return toSessionInfo(session)
          throw error
        },
      )
    },
  }
}

const MOST_TURNS = 16

/** Tries again while another request was faster. A compare-and-swap is lost only to a row that moved on. */
async function untilIssued(attempt: () => Promise<Issuance | undefined>): Promise<Issuance> {
  for (let turn = 0; turn < MOST_TURNS; turn += 1) {
    const issued = await attempt()
    if (issued !== undefined) return issued
  }
  /* c8 ignore start */
  // Not to be reached while the decision and the conditions of the UPDATE agree; should they ever not, this request
  // fails, where it would otherwise ask for ever.
  throw new AuthError('STORE_UNAVAILABLE', { retryAfterSeconds: 1 })
}
/* c8 ignore stop */

/** An outage is the same for everybody: who has waited for it once need not wait again. */
function unlessOutage(error: AuthError): undefined {
  if (error.statusCode === 503) throw error
}

function claimOf(refreshToken: string): RefreshTokenClaim {
  const claim = readRefreshToken(refreshToken)
  if (claim === null) throw new AuthError('TOKEN_INVALID')
  return claim
}
