/**
 * The decision: what happens when a refresh token is presented.
 *
 * Threat: a thief uses a copied refresh token beside the session's owner, or while the owner is
 * away.
 * Guarantee: parallel tabs, lost responses, lost cookies, crashed processes, a browser that forgot
 * its newest cookie and a database that lost its newest commits never refuse an owner. Once receipt
 * of a token is proved and the grace is over, presenting an older one ends the session for all
 * holders.
 * Limits: two thieves are not detected: one who refreshes in step with the owner inside every
 * window, and one who never uses an access token while the owner is away. docs/rotation.md has the
 * traces.
 * Source: docs/rotation.md; RFC 9700 section 4.14.2 for the problem. Pure: no clock, no database,
 * no token bytes. The caller verifies the MAC and carries out the verdict.
 */

/** The part of a session's row that `decide` needs. Times are milliseconds since the Unix epoch. */
export interface RotationState {
  /** Number of the refresh token that is current: g. */
  readonly generation: number
  /** When g was first issued. */
  readonly rotatedAt: number
  /** When a client that did not present g last received it, or null. */
  readonly handedAt: number | null
  /** First use of an access token of generation g, or null. */
  readonly usedAt: number | null
  /** How often a client presented R(g-1) after g had been in use for the settle time. */
  readonly fallbacks: number
  /** First proof that the client holds g, or null. */
  readonly confirmedAt: number | null
  /** The sliding limit. */
  readonly idleExpiresAt: number
  /** The hard limit. It never moves. */
  readonly expiresAt: number
  /** When the session was revoked, or null. */
  readonly revokedAt: number | null
}

/** The two time windows of the protocol, in milliseconds. docs/rotation.md names them G and D. */
export interface Windows {
  /** G: how long R(g-1) is still accepted after the proof of receipt. */
  readonly graceMs: number
  /** D: how long a browser may take to write a new cookie to its disk. */
  readonly settleMs: number
}

/** Why a session has ended: revoked, or past its idle limit, or past its hard limit. */
export type EndReason = 'revoked' | 'idle' | 'expired'

/** What the caller has to do. The table in docs/rotation.md has one row for each kind. */
export type Verdict =
  /** Refuse the request and clear the cookies. */
  | { readonly kind: 'ended'; readonly reason: EndReason }
  /**
   * Compare-and-swap `from` → `to`, and issue R(to) again: the database is older than the client.
   */
  | { readonly kind: 'adopt'; readonly from: number; readonly to: number }
  /** Issue R(generation) again to the client that presented it. Write nothing. */
  | { readonly kind: 'hold'; readonly generation: number }
  /** Compare-and-swap `from` → `to`, and issue R(to). */
  | { readonly kind: 'rotate'; readonly from: number; readonly to: number }
  /** Issue R(generation) to a client that presented the token before it. */
  | { readonly kind: 'reissue'; readonly generation: number }
  /** Reissue to a client that used `generation` and lost it. Allowed once in a generation. */
  | { readonly kind: 'fall-back'; readonly generation: number }
  /** Refuse the request and keep the cookies: a newer response has overtaken it. */
  | { readonly kind: 'late' }
  /** Revoke the session, record the event, and clear the cookies. */
  | { readonly kind: 'reuse' }

/**
 * Why the request needs a refresh. `claims`: the access token is good, but the account's role or
 * permissions have changed. `rotation`: every other reason.
 */
export type Need = 'rotation' | 'claims'

/**
 * Returns the verdict on a refresh token whose MAC is valid.
 * @param presented generation of the refresh token that the client presents
 * @param arrived when the request's head arrived, in milliseconds since the Unix epoch
 */
export function decide(
  state: RotationState,
  presented: number,
  arrived: number,
  { graceMs, settleMs }: Windows,
  need: Need = 'rotation',
): Verdict {
  const ended = endReason(state, arrived)
  if (ended !== null) return { kind: 'ended', reason: ended }
  const { generation, rotatedAt, usedAt, confirmedAt } = state

  // The MAC is valid, so this server issued the token and the database has lost commits.
  if (presented > generation) return { kind: 'adopt', from: generation, to: presented }

  if (presented === generation) {
    // A request under way may not have g yet. A rotation would leave it two generations behind,
    // where an honest request looks like a stolen token.
    if (need === 'claims' || arrived < settledFrom(state, settleMs)) return { kind: 'hold', generation }
    return { kind: 'rotate', from: generation, to: generation + 1 }
  }

  if (presented === generation - 1) {
    if (confirmedAt === null && usedAt !== null && arrived >= usedAt + settleMs) {
      // A browser whose disk was restored does this once. A thief with one copied token does it
      // again.
      return state.fallbacks === 0 ? { kind: 'fall-back', generation } : { kind: 'reuse' }
    }
    // The response with g may be lost, so R(g-1) is accepted until the proof of receipt. Requests
    // that were under way at that moment have G longer.
    if (confirmedAt === null || arrived < confirmedAt + graceMs) return { kind: 'reissue', generation }
  }

  // The request arrived before g existed: another request overtook it.
  if (arrived < rotatedAt) return { kind: 'late' }

  return { kind: 'reuse' }
}

/**
 * Returns from when on R(g) rotates, in milliseconds since the Unix epoch. Every request that may
 * not have g has been answered by then.
 */
export const settledFrom = (
  { rotatedAt, handedAt }: Pick<RotationState, 'rotatedAt' | 'handedAt'>,
  settleMs: number,
): number => Math.max(rotatedAt, handedAt ?? rotatedAt) + settleMs

/** Returns why a session has ended when the request arrives, or null if it has not ended. */
export function endReason(
  state: Pick<RotationState, 'revokedAt' | 'expiresAt' | 'idleExpiresAt'>,
  arrived: number,
): EndReason | null {
  if (state.revokedAt !== null) return 'revoked'
  if (arrived >= state.expiresAt) return 'expired'
  if (arrived >= state.idleExpiresAt) return 'idle'
  return null
}

/**
 * Returns whether the caller has to record this use of an access token of `generation`. Only the
 * first use of the current generation is recorded.
 */
export const isFirstUse = (state: RotationState, generation: number): boolean =>
  generation === state.generation && state.usedAt === null && state.confirmedAt === null

/**
 * Returns from when on a request with an access token of `generation` proves receipt, in
 * milliseconds since the Unix epoch. Returns null if such a request proves nothing.
 *
 * A browser writes its cookie file with a delay. A browser that is killed before comes back with
 * the older cookie. The delay counts from the issue of the access token, because a generation may
 * be issued again long after its rotation.
 * @param issuedAt when the access token was issued, in milliseconds since the Unix epoch
 */
export function receiptProvableFrom(
  state: RotationState,
  generation: number,
  issuedAt: number,
  settleMs: number,
): number | null {
  if (generation !== state.generation || state.confirmedAt !== null) return null
  return Math.max(state.rotatedAt, issuedAt) + settleMs
}
