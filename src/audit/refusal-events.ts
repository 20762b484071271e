/**
 * Events of refused requests. Every client can cause them at any rate.
 *
 * Threat: an attacker fills the audit table, or hides an important event among refusals.
 * Guarantee: per minute and type, the table gets one event for each caller and refusal, at most
 * twenty in all, and one more that says that there were others. Memory is bounded by the same
 * number. All failed sign-ins are logged and counted.
 * Limits: the other refusals of the minute are neither logged nor counted. Each process counts
 * alone.
 * Source: OWASP ASVS 5.0 V16.3.1, V16.3.2 and V16.3.3.
 */
import type { Clock } from '../clock.ts'
import type { EventDetails, Events } from './events.ts'

const MINUTE_MS = 60_000
const MAX_PER_MINUTE = 20
const AND_OTHERS: EventDetails = { reason: 'others, within the same minute' }

/** Each event of these types is logged and counted: operators examine single sign-ins. */
const ALL_LOGGED = ['sign-in-failed', 'sign-in-paused', 'sign-in-closed'] as const

export type RefusalType =
  | (typeof ALL_LOGGED)[number]
  | 'rate-limited'
  | 'access-refused'
  | 'cross-origin-refused'
  | 'refresh-late'
  | 'token-refused'
  | 'client-refused'
  | 'password-forgotten'
  | 'registration-requested'
  | 'link-refused'

interface Minute {
  /** As `monotonic()` of the clock. */
  readonly endsAt: number
  /** The keys that have an event in this minute. */
  readonly reported: Set<string>
}

export interface RefusalEvents {
  /**
   * Records a refusal. Never rejects.
   * @param key identifies the caller and the refusal: each key is recorded once a minute
   */
  record(type: RefusalType, key: string, details: EventDetails): Promise<void>
}

export function createRefusalEvents({
  events,
  clock,
}: {
  events: Pick<Events, 'record' | 'announce' | 'keep'>
  clock: Clock
}): RefusalEvents {
  const minutes = new Map<RefusalType, Minute>()

  function minuteOf(type: RefusalType): Minute {
    const now = clock.monotonic()
    const running = minutes.get(type)
    if (running !== undefined && now < running.endsAt) return running
    const next = { endsAt: now + MINUTE_MS, reported: new Set<string>() }
    minutes.set(type, next)
    return next
  }

  return {
    async record(type, key, details) {
      const isLogged = (ALL_LOGGED as readonly string[]).includes(type)
      if (isLogged) events.announce(type, details)
      const { reported } = minuteOf(type)
      if (reported.has(key) || reported.size > MAX_PER_MINUTE) return
      reported.add(key)
      const shown = reported.size > MAX_PER_MINUTE ? AND_OTHERS : details
      await (isLogged ? events.keep(type, shown) : events.record(type, shown))
    },
  }
}
