/**
 * The idle limit: a session ends at this time unless a refresh moves the limit.
 * Times are milliseconds since the Unix epoch, durations are milliseconds.
 */
import type { RotationState } from './rotation.ts'

/** Returns the limit after a rotation at `now`. The store never moves a limit back. */
export const idleLimitAfterRotation = (
  { expiresAt }: Pick<RotationState, 'expiresAt'>,
  now: number,
  idleMs: number,
): number => Math.min(now + idleMs, expiresAt)

/**
 * Returns the limit after a reissue at `now`, or 0 if the limit does not move.
 *
 * A client may lose the response to its last rotation and come back shortly before the limit. Its
 * new access token then ends at the limit, so the client cannot rotate before the session ends.
 * The limit moves at most once in a generation. A client that never presents the newest token
 * is therefore signed out in the end.
 * @param nearMs how close the limit must be: longer than the life of an access token
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
