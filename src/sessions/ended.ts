import { AuthError } from '../errors.ts'
import type { EndReason } from '../protocol/rotation.ts'
import type { RevokedReason, Session } from '../store/sessions.ts'

/** The reason of a refusal that is not the last word on a browser's cookies: it may hold newer ones by now. */
export const REPLACED = 'replaced'

/** A session that ended so has a successor in the same browser. */
const WITH_SUCCESSOR: ReadonlySet<RevokedReason | null> = new Set(['signed-in-again', 'replaced'])

/**
 * The refusal of a session that has ended. The browser may hold the cookies of another session by now: of the sign-in or
 * the new password that ended this one, or of a sign-in between the arrival of the request and its answer. Such a refusal
 * must not take the new cookies away.
 */
export function endedError(
  reason: EndReason | 'unknown',
  session: Session | undefined,
  arrived: number,
): AuthError {
  const replaced =
    session !== undefined &&
    session.revokedAt !== null &&
    (WITH_SUCCESSOR.has(session.revokedReason) || arrived < session.revokedAt)
  return new AuthError('SESSION_ENDED', {
    reason: replaced ? REPLACED : reason,
    session: session && { sid: session.id, userId: session.userId },
  })
}

/**
 * Whether an access token of a session that was replaced still lets a request in that only reads. Other tabs of the
 * browser have sent requests with the old cookies, and show the sign-in page on a 401. The limits of the session are those
 * of the token already.
 */
export function mayStillRead(
  { revokedAt, revokedReason }: Pick<Session, 'revokedAt' | 'revokedReason'>,
  arrived: number,
  graceMs: number,
): boolean {
  if (revokedAt === null || revokedReason !== 'replaced') return false
  // In both directions: a clock that is put back must not make the time longer.
  return Math.abs(arrived - revokedAt) < graceMs
}
