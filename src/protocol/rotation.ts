/**
 * The decision: what happens when a refresh token is presented.
 *
 * Threat: a copied refresh token keeps a session alive beside its owner, or in the owner's absence.
 * Guarantee: an owner is never refused because of parallel tabs, lost responses, lost cookies, crashed processes, a
 * browser that forgot its newest cookie, or a database that lost its newest commits. A token that is presented
 * outside the window after its successor is known to have arrived ends the session for every holder.
 * Limits: a thief who refreshes in step with the owner inside every window; a thief who never shows an access token
 * while the owner is away. docs/rotation.md gives the shortest trace of each.
 * Source: docs/rotation.md; RFC 9700 section 4.14.2 for the problem.
 *
 * Pure: no clock, no database, no token bytes. The caller has verified the token's MAC and carries out the verdict.
 */

/** The part of a session's row that the decision needs. Times are milliseconds since the Unix epoch. */
export interface RotationState {
  /** Number of the refresh token that is current: g. */
  readonly generation: number
  /** When g was first issued. */
  readonly rotatedAt: number
  /** When g was last handed to a client that did not show it, or null. */
  readonly handedAt: number | null
  /** First use of an access token of generation g, or null. */
  readonly usedAt: number | null
  /** How often R(g-1) came back although g had been in use for the settle time. */
  readonly fallbacks: number
  /** First proof that the client holds g, or null. */
  readonly confirmedAt: number | null
  readonly idleExpiresAt: number
  readonly expiresAt: number
  readonly revokedAt: number | null
}

export interface Windows {
  /** G: how long R(g-1) is still answered after the proof of receipt. */
  readonly graceMs: number
  /** D: how long a browser may take to write a new cookie to its disk. */
  readonly settleMs: number
}

export type EndReason = 'revoked' | 'idle' | 'expired'

export type Verdict =
  | { readonly kind: 'ended'; readonly reason: EndReason }
  /** Compare-and-swap `from` → `to`, and R(to) is handed out again: the database is older than the client. */
  | { readonly kind: 'adopt'; readonly from: number; readonly to: number }
  /** R(generation) is handed out again to a client that has shown it. Nothing is written. */
  | { readonly kind: 'hold'; readonly generation: number }
  /** Compare-and-swap `from` → `to`. */
  | { readonly kind: 'rotate'; readonly from: number; readonly to: number }
  /** R(generation) is handed to a client that has shown the token before it. */
  | { readonly kind: 'reissue'; readonly generation: number }
  /** A reissue to a client that used `generation` and came back without it: forgiven once in a generation. */
  | { readonly kind: 'fall-back'; readonly generation: number }
  | { readonly kind: 'late' }
  | { readonly kind: 'reuse' }

/** `claims`: the access token was good, but the account's role or permissions have changed since. */
export type Need = 'rotation' | 'claims'

/**
 * @param presented generation of the refresh token that the client sent
 * @param arrived when the request's head arrived
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

  // The MAC is right, so this server issued the token. The database has gone back in time.
  if (presented > generation) return { kind: 'adopt', from: generation, to: presented }

  if (presented === generation) {
    // Another request under way may not know g yet. A rotation would leave that request two generations behind, where
    // an honest request cannot be told from a stolen token.
    if (need === 'claims' || arrived < settledFrom(state, settleMs)) return { kind: 'hold', generation }
    return { kind: 'rotate', from: generation, to: generation + 1 }
  }

  if (presented === generation - 1) {
    if (confirmedAt === null && usedAt !== null && arrived >= usedAt + settleMs) {
      // A browser whose disk was restored does this once. A thief who lives on one copied token does it again.
      return state.fallbacks === 0 ? { kind: 'fall-back', generation } : { kind: 'reuse' }
    }
    // The response that carried g may be lost. R(g-1) is good until the proof of receipt, and for G after it for
    // requests that were on their way at that moment.
    if (confirmedAt === null || arrived < confirmedAt + graceMs) return { kind: 'reissue', generation }
  }

  // The request was sent before g existed: it was overtaken.
  if (arrived < rotatedAt) return { kind: 'late' }

  return { kind: 'reuse' }
}

/** From when on R(g) rotates: every request that may not know g has been answered by then. */
export const settledFrom = (
  { rotatedAt, handedAt }: Pick<RotationState, 'rotatedAt' | 'handedAt'>,
  settleMs: number,
): number => Math.max(rotatedAt, handedAt ?? rotatedAt) + settleMs

/** Why a session no longer counts at this time, or null while it does. */
export function endReason(
  state: Pick<RotationState, 'revokedAt' | 'expiresAt' | 'idleExpiresAt'>,
  arrived: number,
): EndReason | null {
  if (state.revokedAt !== null) return 'revoked'
  if (arrived >= state.expiresAt) return 'expired'
  if (arrived >= state.idleExpiresAt) return 'idle'
  return null
}

/** Whether the use of an access token of `generation` is to be written: the first use of a generation is. */
export const isFirstUse = (state: RotationState, generation: number): boolean =>
  generation === state.generation && state.usedAt === null && state.confirmedAt === null

/**
 * From when on a request with an access token of `generation` proves receipt, or null when it proves nothing.
 * A browser writes its cookie file with a delay, and one that is killed comes back with the older cookie. The time
 * counts from the token's own issue, because a generation may be handed out again long after its rotation.
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
