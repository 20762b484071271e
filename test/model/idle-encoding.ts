/** A world of the limits as a few bytes. Its times are absolute. */
import type { IdleRow, IdleWorld } from './idle-world.ts'
import type { Reader, Scratch } from './states.ts'

/** @param recent for how long it matters when the browser was served */
export function encodeIdle(world: IdleWorld, to: Scratch, recent: number): void {
  const { now, behindSince, backup, row } = world
  to.number(now)
  to.number(world.refresh)
  to.number(world.accessExpiresAt)
  to.number(world.lost)
  to.number(Math.max(world.servedAt, now - recent))
  encodeRow(row, to)
  to.number(Number(behindSince !== undefined))
  if (behindSince !== undefined) to.optional(behindSince)
  to.number(backup === undefined ? 0 : backup === null ? 1 : 2)
  if (!backup) return
  to.number(backup.at)
  encodeRow(backup.row, to)
}

function encodeRow(row: IdleRow, to: Scratch): void {
  to.number(row.generation)
  to.number(row.rotatedAt)
  to.optional(row.handedAt)
  to.number(row.idleExpiresAt)
}

export function decodeIdle(from: Reader): IdleWorld {
  const rowIn = (): IdleRow => ({
    generation: from.number(),
    rotatedAt: from.number(),
    handedAt: from.optional(),
    idleExpiresAt: from.number(),
  })
  // In the order in which they were written.
  const [now, refresh, accessExpiresAt, lost, servedAt] = [
    from.number(),
    from.number(),
    from.number(),
    from.number(),
    from.number(),
  ]
  const row = rowIn()
  const behindSince = from.number() === 1 ? from.optional() : undefined
  const stage = from.number()
  const backup = stage < 2 ? [undefined, null][stage] : { at: from.number(), row: rowIn() }
  return { now, refresh, accessExpiresAt, lost, servedAt, row, behindSince, backup }
}
