import type { SQL } from 'drizzle-orm'
import { and, gt, isNull } from './drizzle.ts'
import { placeholder } from './statements.ts'
import { sessions } from './tables.ts'

/** The condition that `endReason` gives null for the session at this time. */
export const aliveWhen = (at: SQL): SQL | undefined =>
  and(isNull(sessions.revokedAt), gt(sessions.idleExpiresAt, at), gt(sessions.expiresAt, at))

/** The same, at the time of a placeholder. */
export const aliveAt = (name: string): SQL | undefined => aliveWhen(placeholder(sessions.expiresAt, name))
