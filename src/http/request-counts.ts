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

/** The count of a key. In own memory, it changes with the key's next request. */
export interface RequestCount {
  requests: number
  /** As `monotonic()` of the clock. */
  endsAt: number
}

/** Own memory answers at once. Counts that processes share are answered later. */
export type MaybePromise<Value> = Value | Promise<Value>

/** Counts of requests. `now` is `monotonic()` of the clock. A promise never rejects. */
export interface RequestCounts {
  /** Counts `by` requests, by default one. */
  add(key: string, now: number, by?: number): MaybePromise<RequestCount>
  /** Returns the count of a key, or undefined if no window is running. */
  find(key: string, now: number): MaybePromise<RequestCount | undefined>
  /** Removes `by` requests from the count, unless the window that ends at `endsAt` is over. */
  takeBack(key: string, endsAt: number, by?: number): void
}

/** Counts in the memory of this process. */
export interface OwnRequestCounts extends RequestCounts {
  add(key: string, now: number, by?: number): RequestCount
  find(key: string, now: number): RequestCount | undefined
}

/** @param capacity maximum number of keys */
export function createRequestCounts(capacity: number, windowMs: number): OwnRequestCounts {
  const counts = createCache<RequestCount>(capacity)

  return {
    add(key, now, by = 1) {
      const count = counts.get(key)
      if (count === undefined) {
        const first = { requests: by, endsAt: now + windowMs }
        counts.set(key, first)
        return first
      }
      if (now < count.endsAt) count.requests += by
      else {
        count.requests = by
        count.endsAt = now + windowMs
      }
      return count
    },

    find(key, now) {
      const count = counts.get(key)
      return count !== undefined && now < count.endsAt ? count : undefined
    },

    takeBack(key, endsAt, by = 1) {
      const count = counts.get(key)
      if (count?.endsAt === endsAt) count.requests -= by
    },
  }
}
