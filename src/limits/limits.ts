/** The counts of every rate limit, in own memory or shared. */
import { createRequestCounts, RATE_LIMIT_WINDOW_MS, type RequestCounts } from '../http/request-counts.ts'
import type { Availability } from './availability.ts'
import type { CountServer } from './count-server.ts'
import { createSharedCounts } from './shared-counts.ts'

export interface Limits {
  /** Whether several processes or machines share the counts. */
  readonly areShared: boolean
  /**
   * Creates the counts of one table.
   * @param capacity maximum number of keys in own memory
   * @param limit the processes of one start may exceed it by less than a tenth. Without it, their
   * counts are exact.
   */
  counts(table: string, capacity: number, limit?: number): RequestCounts
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

export interface SharedLimitsOptions {
  readonly server: CountServer
  readonly availability: Availability
  /** How many processes share the counts. Unless it is known, all counts are exact. */
  readonly processes?: number
}

/** The part of a limit by which the processes together may exceed it. */
const INEXACT_PART = 0.1

export const createSharedLimits = ({ server, availability, processes }: SharedLimitsOptions): Limits => ({
  areShared: true,
  counts(table, capacity, limit) {
    const allowance =
      processes === undefined || limit === undefined
        ? undefined
        : { requests: Math.floor((limit * INEXACT_PART) / processes), upTo: limit / 2 }
    const windowMs = RATE_LIMIT_WINDOW_MS
    return createSharedCounts({ server, availability, table, capacity, windowMs, allowance })
  },
  isDegraded: () => !availability.isUp(),
  close: () => availability.close(),
})
