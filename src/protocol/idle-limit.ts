/**
 * The idle limit: a session ends when it has not been refreshed for so long. Times are in milliseconds.
 */
import type { RotationState } from './rotation.ts'

/** After a rotation at `now`. The store never moves a limit back. */
export const idleLimitAfterRotation = (
  { expiresAt }: Pick<RotationState, 'expiresAt'>,
  now: number,
  idleMs: number,
): number => Math.min(now + idleMs, expiresAt)

/**
 * After a reissue at `now`; 0 leaves the limit alone.
 *
 * A client that lost the response to its last rotation, and comes back shortly before the limit, gets an access token
 * that ends at the limit. It would have no occasion to rotate before. The limit moves once in a generation: a client
 * that never shows the newest token does not stay signed in without end.
 * @param nearMs how close the limit must be: longer than an access token lives
 */
export function idleLimitAfterReissue(
  state: Pick<RotationState, 'rotatedAt' | 'idleExpiresAt' | 'expiresAt'>,
  now: number,
  idleMs: number,
  nearMs: number,
): number {
  const isNear = state.idleExpiresAt - now < nearMs
  const hasMoved = state.idleExpiresAt > state.rotatedAt + idleMs
  return isNear && !hasMoved ? idleLimitAfterRotation(state, now, idleMs) : 0
}
