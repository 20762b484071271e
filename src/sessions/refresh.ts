/**
 * Exchanging refresh tokens: carries out what rotation.ts decides.
 *
 * Nobody waits for a lock. A rotation is one compare-and-swap; who loses it reads the row again and decides again, and
 * is then handed the very token that the winner made. In one process, those who present the same token share one
 * flight and one access token.
 */
import type { Clock } from '../clock.ts'
import type { Session, SessionStore, SessionWithUser } from '../db/store.ts'
import { AuthError } from '../errors.ts'
import type { Client, Events } from '../events.ts'
import { endedError } from './ended.ts'
import type { Grant, Grants } from './grants.ts'
import type { Principal, Principals } from './principals.ts'
import { type RefreshTokenClaim, type RefreshTokens, readRefreshToken } from './refresh-token.ts'
import { decide, type Need, type Verdict } from './rotation.ts'

export interface Refresh {
  /**
   * Exchanges a refresh token for the session's newest pair.
   * Rejects with TOKEN_INVALID, SESSION_ENDED, REFRESH_LATE or REFRESH_REUSED, as the decision has it.
   * @param arrived when the request arrived, in milliseconds since the Unix epoch
   * @param need `claims` when the access token was good but for what it says of the account
   */
  refresh(refreshToken: string, arrived: number, client: Client, need?: Need): Promise<Grant>
  /** Who a refresh token stands for, without exchanging it: for requests whose answer may never be looked at. */
  identify(refreshToken: string, arrived: number, client: Client): Promise<Principal>
  /**
   * A new pair for a client that has shown an access token, exchanged as if it had been the refresh token beside it:
   * one step from what the client holds, and not from what the row says. Its answers may not have arrived.
   */
  renew(holder: Pick<Principal, 'sid' | 'generation'>, client: Client): Promise<Grant>
}

export interface RefreshOptions {
  readonly store: SessionStore
  readonly clock: Clock
  readonly refreshTokens: RefreshTokens
  readonly principals: Principals
  readonly grants: Grants
  readonly events: Events
  readonly graceMs: number
}

/** An exchange that is under way. */
interface Flight {
  readonly grant: Promise<Grant>
  /** Drawn from the principals before anything was read. */
  readonly ticket: number
}

type Rotate = Extract<Verdict, { kind: 'rotate' }>
type Refusal = Exclude<Verdict, { kind: 'rotate' | 'reissue' }>

export function createRefresh(options: RefreshOptions): Refresh {
  const { store, clock, refreshTokens, principals, grants, events, graceMs } = options
  const flights = new Map<string, Flight>()

  /** Undefined when somebody else was faster. */
  async function rotate(
    session: Session,
    { from, to }: Rotate,
    arrived: number,
    client: Client,
    ticket: number,
  ): Promise<Grant | undefined> {
    // Not the arrival: the settle time counts from when the new token leaves us, and an upload may have taken minutes.
    const now = clock.now()
    const idleExpiresAt = grants.idleLimit(session, now)
    const swap = { id: session.id, from, to, rotatedAt: now, idleExpiresAt, arrived, ...client }
    const rotated = await store.rotateSession(swap)
    return rotated && grants.grant(rotated, ticket)
  }

  /** The row a token belongs to, once the token is known to be ours. */
  async function open(claim: RefreshTokenClaim): Promise<SessionWithUser> {
    const found = await store.findSession(claim.sid)
    if (found === undefined) throw endedError('unknown', undefined, 0)
    // Not ours: noise, which must not be able to change anything.
    if (!refreshTokens.verify(claim, found.session.seed)) throw new AuthError('TOKEN_INVALID')
    return found
  }

  async function refuse(
    verdict: Refusal,
    { session }: SessionWithUser,
    arrived: number,
    client: Client,
  ): Promise<never> {
    if (verdict.kind === 'ended') throw endedError(verdict.reason, session, arrived)
    if (verdict.kind === 'late') throw new AuthError('REFRESH_LATE')
    if (await store.endSession(session.id, 'reuse', clock.now())) {
      await events.record('refresh-reused', { userId: session.userId, sid: session.id, client })
    }
    throw new AuthError('REFRESH_REUSED')
  }

  /** Undefined unless it can be done by what is remembered of the session: the usual case, with nothing to read beforehand. */
  async function rotateRemembered(
    refreshToken: string,
    { sid, generation }: RefreshTokenClaim,
    arrived: number,
    client: Client,
  ): Promise<Grant | undefined> {
    const session = principals.findNewest(sid, refreshToken)
    if (session === undefined) return undefined
    const ticket = principals.ticket()
    const verdict = decide(session, generation, arrived, graceMs)
    // By what is remembered nobody is refused: the row may have moved on.
    return verdict.kind === 'rotate' ? rotate(session, verdict, arrived, client, ticket) : undefined
  }

  async function exchange(refreshToken: string, arrived: number, client: Client, need: Need): Promise<Grant> {
    const claim = claimOf(refreshToken)
    if (need === 'rotation') {
      const rotated = await rotateRemembered(refreshToken, claim, arrived, client)
      if (rotated !== undefined) return rotated
    }
    return untilGranted(async () => {
      const ticket = principals.ticket()
      const found = await open(claim)
      const verdict = decide(found.session, claim.generation, arrived, graceMs, need)
      if (verdict.kind === 'reissue') return grants.grant(found, ticket)
      if (verdict.kind !== 'rotate') return refuse(verdict, found, arrived, client)
      return rotate(found.session, verdict, arrived, client, ticket)
    })
  }

  return {
    async refresh(refreshToken, arrived, client, need = 'rotation') {
      // The whole token is the key: one with a forged MAC never joins the flight of a genuine one.
      const shared = flights.get(refreshToken)
      if (shared !== undefined) {
        // A role that was taken away since the flight began must not let in whoever comes after that.
        const isTrueStill = principals.isUnchangedSince(shared.ticket)
        // A refusal was judged by another request's arrival: this one is judged by its own.
        const joined = await shared.grant.catch(unlessOutage)
        if (joined !== undefined && isTrueStill) return joined
      }

      const ticket = principals.ticket()
      const flight: Flight = { ticket, grant: exchange(refreshToken, arrived, client, need) }
      flights.set(refreshToken, flight)
      try {
        return await flight.grant
      } finally {
        if (flights.get(refreshToken) === flight) flights.delete(refreshToken)
      }
    },

    async identify(refreshToken, arrived, client) {
      const claim = claimOf(refreshToken)
      const found = await open(claim)
      const verdict = decide(found.session, claim.generation, arrived, graceMs)
      if (verdict.kind !== 'rotate' && verdict.kind !== 'reissue')
        return refuse(verdict, found, arrived, client)
      return grants.principal(found, claim.generation, arrived, arrived)
    },

    async renew({ sid, generation }, client) {
      return untilGranted(async () => {
        const ticket = principals.ticket()
        const found = await store.findSession(sid)
        const now = clock.now()
        if (found === undefined) throw endedError('unknown', undefined, now)
        const verdict = decide(found.session, generation, now, graceMs)
        if (verdict.kind === 'ended') throw endedError(verdict.reason, found.session, now)
        // Overtaken, and still let in by its access token, which is no refresh token used twice: nothing to revoke.
        if (verdict.kind !== 'rotate') return grants.grant(found, ticket)
        return rotate(found.session, verdict, now, client, ticket)
      })
    },
  }
}

const MOST_TURNS = 16

/** Tries again while somebody else was faster. A compare-and-swap is lost only to a row that moved on. */
async function untilGranted(attempt: () => Promise<Grant | undefined>): Promise<Grant> {
  for (let turn = 0; turn < MOST_TURNS; turn += 1) {
    const granted = await attempt()
    if (granted !== undefined) return granted
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
