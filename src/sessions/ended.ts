import { AuthError, type NamedSession } from '../errors.ts'
import type { EndReason } from '../protocol/rotation.ts'
import type { RevokedReason, SessionRow } from '../store/sessions.ts'

/** Reasons after which the same browser has a new session. */
const WITH_SUCCESSOR: ReadonlySet<RevokedReason | null> = new Set(['signed-in-again', 'replaced'])

/** A refusal because the session has ended. */
export interface Ended {
  readonly kind: 'ended'
  /** For the events and the client. No decision depends on it. */
  readonly reason: EndReason | 'unknown' | 'replaced'
  /**
   * Whether the refusal must leave the cookies alone, because they may belong to a newer session.
   * That is so after a new sign-in or a new password. It is also so if the request arrived before
   * the session ended.
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
 * Whether a request that only reads is still accepted with an access token of a replaced session.
 * Other tabs may have sent such requests before they had the new cookies. A 401 would make them
 * show the sign-in page. The access token's own expiry respects the limits of the session.
 */
export function mayStillRead(
  { revokedAt, revokedReason }: Pick<SessionRow, 'revokedAt' | 'revokedReason'>,
  arrived: number,
  graceMs: number,
): boolean {
  if (revokedAt === null || revokedReason !== 'replaced') return false
  // Absolute, so that a clock that is set back does not extend the time.
  return Math.abs(arrived - revokedAt) < graceMs
}
