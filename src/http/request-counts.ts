/**
 * Counts the requests of each key in a time window, such as a minute.
 *
 * A key's window begins with its first request. The number of keys is bounded: the least recently
 * used key is dropped, and its next request begins a new window. Counting a known key allocates
 * nothing.
 */
import { createCache } from '../cache.ts'

/** The window of every rate limit. */
export const RATE_LIMIT_WINDOW_MS = 60_000

/** The count of a key. It changes with the key's next request. */
export interface RequestCount {
  requests: number
  /** As `monotonic()` of the clock. */
  endsAt: number
}

/** Counts of requests. `now` is `monotonic()` of the clock. */
export interface RequestCounts {
  /** Counts one request. */
  add(key: string, now: number): RequestCount
  /** Returns the count of a key, or undefined if no window is running. */
  find(key: string, now: number): RequestCount | undefined
  /** Removes one request from the count, unless the window that ends at `endsAt` is over. */
  takeBack(key: string, endsAt: number): void
}

/** @param capacity maximum number of keys */
export function createRequestCounts(capacity: number, windowMs: number): RequestCounts {
  const counts = createCache<RequestCount>(capacity)

  return {
    add(key, now) {
      const count = counts.get(key)
      if (count === undefined) {
        const first = { requests: 1, endsAt: now + windowMs }
        counts.set(key, first)
        return first
      }
      if (now < count.endsAt) count.requests += 1
      else {
        count.requests = 1
        count.endsAt = now + windowMs
      }
      return count
    },

    find(key, now) {
      const count = counts.get(key)
      return count !== undefined && now < count.endsAt ? count : undefined
    },

    takeBack(key, endsAt) {
      const count = counts.get(key)
      if (count?.endsAt === endsAt) count.requests -= 1
    },
  }
}
