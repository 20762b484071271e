import type { Session } from '../db/store.ts'
import { AuthError } from '../errors.ts'
import type { EndReason } from './rotation.ts'

/** The reason of a refusal that came too late to be the last word on a browser's cookies. */
export const ENDED_MEANWHILE = 'ended-meanwhile'

/**
 * The refusal of a session that has ended. A request that arrived before the end may be answered after the browser has
 * signed in again, perhaps as somebody else: that refusal must not take the new cookies away, and says so.
 */
export function endedError(reason: EndReason, session: Session | undefined, arrived: number): AuthError {
  const meanwhile = session !== undefined && session.revokedAt !== null && arrived < session.revokedAt
  return new AuthError('SESSION_ENDED', { reason: meanwhile ? ENDED_MEANWHILE : reason })
}
