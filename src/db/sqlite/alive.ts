import type { SQL } from 'drizzle-orm'
import { and, gt, isNull } from './drizzle.ts'
import { placeholder } from './placeholder.ts'
import { sessions } from './tables.ts'

/** The session has neither ended nor run out at the time that the placeholder stands for: as `endReason` has it. */
export const aliveAt = (name: string): SQL | undefined =>
  and(
    isNull(sessions.revokedAt),
    gt(sessions.idleExpiresAt, placeholder(sessions.idleExpiresAt, name)),
    gt(sessions.expiresAt, placeholder(sessions.expiresAt, name)),
  )
