import { AuthError } from '../errors.ts'
import type { EndReason } from '../protocol/rotation.ts'
import type { Session } from '../store/sessions.ts'

/** The reason of a refusal that is not the last word on a browser's cookies: it may hold newer ones by now. */
export const REPLACED = 'replaced'

/**
 * The refusal of a session that has ended. The browser may meanwhile have signed in again, perhaps as somebody else: by
 * the very sign-in that ended this session, or because the request arrived before the end and is answered after it. Such
 * a refusal must not take the new cookies away.
 */
export function endedError(
  reason: EndReason | 'unknown',
  session: Session | undefined,
  arrived: number,
): AuthError {
  const replaced =
    session !== undefined &&
    session.revokedAt !== null &&
    (session.revokedReason === 'signed-in-again' || arrived < session.revokedAt)
  return new AuthError('SESSION_ENDED', {
    reason: replaced ? REPLACED : reason,
    session: session && { sid: session.id, userId: session.userId },
  })
}
