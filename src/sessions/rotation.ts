/**
 * The decision: what happens when a refresh token is presented.
 *
 * Threat: a refresh token that was copied must not keep a session alive beside its owner.
 * Guarantee: an owner is never refused because of parallel tabs, lost responses, crashed processes, a browser that
 * forgot its newest cookie, or a database that lost its newest commits; a token that is used after its successor is
 * known to have arrived, outside a short grace, ends the session for everybody.
 * Not covered: a thief who refreshes in step with the owner inside every grace window.
 *
 * Pure: no clock, no database, no token bytes. Whoever calls has verified the token's authenticity and carries out
 * the verdict. Source: the project's protocol in docs/rotation.md; RFC 9700 section 4.14.2 for the problem.
 */

/** What a session's row says, as far as the decision needs it. Times are milliseconds since the Unix epoch. */
export interface RotationState {
  /** Number of the refresh token that is current. */
  readonly generation: number
  /** When the current generation was first issued. */
  readonly rotatedAt: number
  /** First proof that the client holds the current generation, or null. */
  readonly confirmedAt: number | null
  readonly idleExpiresAt: number
  readonly expiresAt: number
  readonly revokedAt: number | null
}

export type EndReason = 'revoked' | 'idle' | 'expired'

export type Verdict =
  | { readonly kind: 'ended'; readonly reason: EndReason }
  /** Compare-and-swap `from` → `to`. `forward` tells that the database had fallen behind the client. */
  | { readonly kind: 'rotate'; readonly from: number; readonly to: number; readonly forward: boolean }
  /** Hand out the token of `generation` once more; nothing is written. */
  | { readonly kind: 'reissue'; readonly generation: number }
  | { readonly kind: 'late' }
  | { readonly kind: 'reuse' }

/** What a request is short of: a token pair whose time has come, or only a token that tells of the account as it is now. */
export type Need = 'rotation' | 'claims'

/**
 * @param state the session's row; a session without one has ended, and nothing is left to decide
 * @param presented generation of the refresh token the client sent
 * @param arrived when the request arrived, not when it came to be looked at: a slow upload is judged by its start
 * @param graceMs how long after the proof of receipt the previous token is still answered
 */
export function decide(
  state: RotationState,
  presented: number,
  arrived: number,
  graceMs: number,
  need: Need = 'rotation',
): Verdict {
  const ended = endReason(state, arrived)
  if (ended !== null) return { kind: 'ended', reason: ended }
  const { generation, rotatedAt, confirmedAt } = state

  // We did issue this token, or its signature would not have verified: it is the database that went back in time.
  if (presented > generation) {
    return { kind: 'rotate', from: generation, to: presented + 1, forward: true }
  }

  if (presented === generation) {
    // Claims change at any moment, many requests under way. Two rotations in a row would leave the slowest of those
    // two generations behind, where an honest request cannot be told from a stolen token.
    if (need === 'claims') return { kind: 'reissue', generation }
    return { kind: 'rotate', from: generation, to: generation + 1, forward: false }
  }

  // The response that carried the current token may never have arrived, so its predecessor is good until there is
  // proof that it did, and a little longer for what was already on its way at that moment.
  if (presented === generation - 1 && (confirmedAt === null || arrived < confirmedAt + graceMs)) {
    return { kind: 'reissue', generation }
  }

  // Sent before the current token existed: overtaken, not stolen.
  if (arrived < rotatedAt) return { kind: 'late' }

  return { kind: 'reuse' }
}

/** Why a session no longer counts at this time, or null while it does. */
export function endReason(state: RotationState, arrived: number): EndReason | null {
  if (state.revokedAt !== null) return 'revoked'
  if (arrived >= state.expiresAt) return 'expired'
  if (arrived >= state.idleExpiresAt) return 'idle'
  return null
}

/**
 * From when on a request with an access token of `generation` proves that the client keeps that generation, or null
 * when there is nothing to prove. The settle time is there because a browser writes its cookie file with a delay:
 * one that is killed comes back with the older cookie, and must not be taken for a thief. It counts from the token's
 * own issue, because a generation may be handed out again long after its rotation.
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
