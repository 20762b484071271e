/**
 * Deletes sessions past their hard limit, and old counts of failures, events, changes, mail, links
 * and registrations.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Config } from '../config/config.ts'
import type { Store } from '../store/store.ts'

const HOUR_MS = 60 * 60_000
const DAY_MS = 24 * HOUR_MS
/** A process that has not read the change feed for longer forgets its cached sessions. */
const CHANGES_TTL_MS = DAY_MS
/** How long a mail that was sent or given up is listed. */
const MAIL_TTL_MS = 7 * DAY_MS
/** A step holds the write lock for about two milliseconds. Other changes wait meanwhile. */
const ROWS_PER_STEP = 25
/** Between two steps, so that other changes get the write lock. */
const PAUSE_MS = 10

/**
 * Prunes in small steps until no row is left to prune.
 * @param now in milliseconds since the Unix epoch
 * @returns the number of deleted rows
 */
export async function pruneAll(
  store: Pick<Store, 'prune'>,
  now: number,
  { eventsTtlSeconds }: Pick<Config, 'eventsTtlSeconds'>,
): Promise<number> {
  let total = 0
  for (;;) {
    const deleted = await store.prune({
      sessionsBefore: now,
      throttlesBefore: now,
      eventsBefore: now - eventsTtlSeconds * 1_000,
      changesBefore: now - CHANGES_TTL_MS,
      mailBefore: now - MAIL_TTL_MS,
      oneTimeTokensBefore: now,
      rows: ROWS_PER_STEP,
    })
    if (deleted === 0) return total
    total += deleted
    await pause(PAUSE_MS)
  }
}
