/**
 * Deleting what nobody will ask for again: sessions past their hard limit, old throttles, events and changes.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Config } from '../config/config.ts'
import type { Store } from '../store/store.ts'

const HOUR_MS = 60 * 60_000
const DAY_MS = 24 * HOUR_MS
/** A process that has not looked for so long trusts nothing that it remembers. */
const CHANGES_KEPT_MS = DAY_MS
/** What a change may have to wait for: some two milliseconds. */
const ROWS_AT_ONCE = 25
/** Between two steps: others have changes to make, too. */
const PAUSE_MS = 10

/** Prunes until nothing is left to prune, letting requests in between. @returns how many rows went */
export async function pruneAll(
  store: Pick<Store, 'prune'>,
  now: number,
  { eventsTtlSeconds }: Pick<Config, 'eventsTtlSeconds'>,
): Promise<number> {
  let total = 0
  for (;;) {
    const gone = await store.prune({
      sessionsBefore: now,
      throttlesBefore: now,
      eventsBefore: now - eventsTtlSeconds * 1_000,
      changesBefore: now - CHANGES_KEPT_MS,
      rows: ROWS_AT_ONCE,
    })
    if (gone === 0) return total
    total += gone
    await pause(PAUSE_MS)
  }
}
