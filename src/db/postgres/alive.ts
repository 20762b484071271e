import type { SQL } from 'drizzle-orm'
import { and, gt, isNull } from './drizzle.ts'
import { placeholder } from './statements.ts'
import { sessions } from './tables.ts'

/** The condition that `endReason` gives null for the session at the placeholder's time. */
export const aliveAt = (name: string): SQL | undefined =>
  and(
    isNull(sessions.revokedAt),
    gt(sessions.idleExpiresAt, placeholder(sessions.idleExpiresAt, name)),
    gt(sessions.expiresAt, placeholder(sessions.expiresAt, name)),
  )
