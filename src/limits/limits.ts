/** The counts of every rate limit, in own memory or shared. */
import { createRequestCounts, RATE_LIMIT_WINDOW_MS, type RequestCounts } from '../http/request-counts.ts'
import type { Availability } from './availability.ts'
import { type CountServer, createSharedCounts } from './shared-counts.ts'

export interface Limits {
  /** Whether several processes or machines share the counts. */
  readonly areShared: boolean
  /**
   * Creates the counts of one table.
   * @param capacity maximum number of keys in own memory
   */
  counts(table: string, capacity: number): RequestCounts
  /** Whether the side that shares the counts is away, so that own memory counts. */
  isDegraded(): boolean
  close(): void
}

/** Counts in the memory of this process. */
export const createOwnLimits = (): Limits => ({
  areShared: false,
  counts: (_table, capacity) => createRequestCounts(capacity, RATE_LIMIT_WINDOW_MS),
  isDegraded: () => false,
  close() {},
})

export const createSharedLimits = (server: CountServer, availability: Availability): Limits => ({
  areShared: true,
  counts: (table, capacity) =>
    createSharedCounts({ server, availability, table, capacity, windowMs: RATE_LIMIT_WINDOW_MS }),
  isDegraded: () => !availability.isUp(),
  close: () => availability.close(),
})
