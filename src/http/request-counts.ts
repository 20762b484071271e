/**
 * How many requests of a key arrived in its running window, such as a minute.
 *
 * A key's window begins with its first request. The number of keys is bounded: the key that was used least
 * recently makes room, and its next request begins a new window. Counting a known key allocates nothing.
 */
import { LRUCache } from 'lru-cache'

/** The window of every rate limit. */
export const RATE_LIMIT_WINDOW_MS = 60_000

export interface RequestCount {
  requests: number
  /** In the even milliseconds of the clock. */
  endsAt: number
}

export interface RequestCounts {
  /** Counts one request. The result belongs to the key and changes with its next request. */
  add(key: string, now: number): RequestCount
  /** The running window of a key; undefined if none is running. */
  find(key: string, now: number): RequestCount | undefined
  /** Takes one request back, unless the window that ends at `endsAt` is over. */
  takeBack(key: string, endsAt: number): void
}

/** @param capacity most keys that are counted at once */
export function createRequestCounts(capacity: number, windowMs: number): RequestCounts {
  const counts = new LRUCache<string, RequestCount>({ max: capacity })

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
