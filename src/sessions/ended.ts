import { AuthError, type NamedSession } from '../errors.ts'
import type { EndReason } from '../protocol/rotation.ts'
import type { RevokedReason, SessionRow } from '../store/sessions.ts'

/** A session that ended so has a successor in the same browser. */
const WITH_SUCCESSOR: ReadonlySet<RevokedReason | null> = new Set(['signed-in-again', 'replaced'])

/** Why a session is refused that has ended. */
export interface Ended {
  readonly kind: 'ended'
  /** Recorded, and shown to the client. No decision reads it. */
  readonly reason: EndReason | 'unknown' | 'replaced'
  /**
   * Whether the browser may hold the cookies of a newer session: because a sign-in or a new password ended this session, or
   * because the request arrived before the end and is answered after it. The refusal must not take the newer cookies away.
   */
  readonly keepsCookies: boolean
  readonly session: NamedSession | undefined
}

export function endedSession(
  reason: EndReason | 'unknown',
  session: SessionRow | undefined,
  arrived: number,
): Ended {
  const isReplaced =
    session !== undefined &&
    session.revokedAt !== null &&
    (WITH_SUCCESSOR.has(session.revokedReason) || arrived < session.revokedAt)
  return {
    kind: 'ended',
    reason: isReplaced ? 'replaced' : reason,
    keepsCookies: isReplaced,
    session: session && { sid: session.id, userId: session.userId },
  }
}

export const endedError = ({ reason, keepsCookies, session }: Ended): AuthError =>
  new AuthError('SESSION_ENDED', { reason, keepsCookies, session })

/**
 * Whether an access token of a session that was replaced still lets a request in that only reads. Other tabs of the
 * browser have sent requests with the old cookies, and show the sign-in page on a 401. The limits of the session are those
 * of the token already.
 */
export function mayStillRead(
  { revokedAt, revokedReason }: Pick<SessionRow, 'revokedAt' | 'revokedReason'>,
  arrived: number,
  graceMs: number,
): boolean {
  if (revokedAt === null || revokedReason !== 'replaced') return false
  // In both directions: a clock that is put back must not make the time longer.
  return Math.abs(arrived - revokedAt) < graceMs
}
