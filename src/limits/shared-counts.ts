/**
 * Counts of requests that several processes share.
 *
 * Threat: while the shared counts are away, clients are locked out, or begin again at zero.
 * Guarantee: an answer is bounded in time. Each count is also kept in own memory, and goes on there
 * during an outage. What own memory counted alone is added to the shared count with the next request
 * of its key. A shared side that has lost its counts, as Redis does at a restart, gets them back so.
 * Limits: during an outage, each process counts what it sees itself. A request whose answer is late
 * is not added again, because it may have been counted. With an allowance, processes report their
 * counts ten times a second. Together they may exceed a limit by the sum of their allowances.
 */
import { createCache } from '../cache.ts'
import type { RequestCount, RequestCounts } from '../http/request-counts.ts'
import { type Availability, AWAY, LATE } from './availability.ts'
import type { CountServer, SharedCount } from './count-server.ts'

/** The count of a key in own memory. */
interface OwnCount extends RequestCount {
  /** Undefined until the shared window is known. */
  window: string | undefined
  /** Requests that the shared count lacks. Negative if it must give some back. */
  owed: number
  /** Requests that were reported and not yet answered. */
  sent: number
}

/** How far the shared side may be behind. */
export interface Allowance {
  /** How many requests of a key a process may count before it reports them. */
  readonly requests: number
  /** A key with a larger count is asked for at each request. */
  readonly upTo: number
}

export interface SharedCountsOptions {
  readonly server: CountServer
  readonly availability: Availability
  /** Name of the counts: the same key may be in several tables. */
  readonly table: string
  /** Maximum number of keys in own memory. */
  readonly capacity: number
  readonly windowMs: number
  /** Without it, each request asks, and the counts are exact. */
  readonly allowance?: Allowance | undefined
}

const REPORT_EVERY_MS = 100
const NO_ALLOWANCE: Allowance = { requests: 0, upTo: 0 }

export function createSharedCounts(options: SharedCountsOptions): RequestCounts {
  const { server, availability, table, capacity, windowMs, allowance = NO_ALLOWANCE } = options
  const counts = createCache<OwnCount>(capacity)
  /** Counts that owe the shared side a report. */
  const unreported = new Map<string, OwnCount>()
  let lastNow = 0

  function running(key: string, now: number): OwnCount {
    const count = counts.get(key)
    if (count !== undefined && now < count.endsAt) return count
    const next = { requests: 0, endsAt: now + windowMs, window: undefined, owed: 0, sent: 0 }
    counts.set(key, next)
    return next
  }

  /** Updates own memory by the shared count. */
  function adopt(count: OwnCount, { requests, ttlMs, window }: SharedCount, now: number): void {
    const known = requests + count.owed + count.sent
    // Answers may overtake each other. Within a window, the largest is the newest.
    if (count.window === window) count.requests = Math.max(count.requests, known)
    else Object.assign(count, { window, requests: known, endsAt: now + ttlMs })
  }

  /** Adds what is owed to the shared count. */
  async function deliver(key: string, count: OwnCount, now: number): Promise<RequestCount> {
    const { requests, endsAt, owed } = count
    count.owed = 0
    count.sent += owed
    const addition = { by: owed, atLeast: requests, ttlMs: Math.ceil(endsAt - now) }
    const answer = await availability.ask(async () => server.add(table, key, addition))
    count.sent -= owed
    if (answer === AWAY || answer === LATE) {
      if (answer === AWAY) count.owed += owed
      count.requests = Math.max(count.requests, requests)
      return { requests, endsAt }
    }
    adopt(count, answer, now)
    return { requests: answer.requests, endsAt: count.endsAt }
  }

  /** A message for each request would cost as much CPU time as the request. */
  function reportLater(key: string, count: OwnCount): void {
    if (unreported.size === 0) setTimeout(report, REPORT_EVERY_MS).unref()
    unreported.set(key, count)
  }

  function report(): void {
    for (const [key, count] of unreported) if (count.owed !== 0) deliver(key, count, lastNow)
    unreported.clear()
  }

  return {
    add(key, now, by = 1) {
      const count = running(key, now)
      count.requests += by
      count.owed += by
      lastNow = now
      const isExact = count.owed + count.sent > allowance.requests || count.requests > allowance.upTo
      if (isExact) return deliver(key, count, now)
      reportLater(key, count)
      return count
    },

    async find(key, now) {
      const known = counts.get(key)
      const count = known !== undefined && now < known.endsAt ? known : undefined
      const answer = await availability.ask(async () => server.find(table, key))
      if (answer === AWAY || answer === LATE) return count && { ...count }
      const owed = count?.owed ?? 0
      if (answer === null) return owed > 0 ? { ...(count as OwnCount) } : undefined
      return { requests: answer.requests + owed, endsAt: now + answer.ttlMs }
    },

    takeBack(key, endsAt, by = 1) {
      const count = counts.get(key)
      if (count?.endsAt !== endsAt) return
      count.requests -= by
      const { window } = count
      // The shared side does not have the request yet, or its window is not known.
      if (window === undefined || count.owed >= by) {
        count.owed -= by
        return
      }
      availability
        .ask(async () => server.takeBack(table, key, window, by))
        .then((answer) => {
          if (answer === AWAY) count.owed -= by
        })
    },
  }
}
