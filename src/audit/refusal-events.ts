/**
 * Events of requests that were refused, which anybody can bring about as often as they like.
 *
 * Threat: an attacker fills the audit table, or buries under refusals what should be seen.
 * Guarantee: in a minute, the table gets one event of a type for each caller who is refused the same thing, and at most twenty
 * of the type, however many addresses take part; one more then says that there were others. It needs no more memory than those
 * take. Failed sign-ins are all logged and counted besides.
 * Limits: the other refusals of the minute are neither logged nor counted. Each process keeps a minute of its own.
 * Source: OWASP ASVS 5.0 V16.3.1, V16.3.2 and V16.3.3.
 */
import type { Clock } from '../clock.ts'
import type { EventDetails, Events } from './events.ts'

const MINUTE_MS = 60_000
const MOST_IN_A_MINUTE = 20
const OTHERS: EventDetails = { reason: 'others, within the same minute' }

/** Each of these is logged and counted: an operator looks at sign-ins one by one. */
const ALL_LOGGED = ['sign-in-failed', 'sign-in-paused', 'sign-in-closed'] as const

export type RefusalType =
  | (typeof ALL_LOGGED)[number]
  | 'rate-limited'
  | 'access-refused'
  | 'cross-origin-refused'
  | 'refresh-late'
  | 'token-refused'

interface Minute {
  /** In the clock's even milliseconds. */
  readonly endsAt: number
  readonly told: Set<string>
}

export interface RefusalEvents {
  /**
   * Never rejects.
   * @param key who was refused what: told once a minute
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
    const next = { endsAt: now + MINUTE_MS, told: new Set<string>() }
    minutes.set(type, next)
    return next
  }

  return {
    async record(type, key, details) {
      const isLogged = (ALL_LOGGED as readonly string[]).includes(type)
      if (isLogged) events.announce(type, details)
      const { told } = minuteOf(type)
      if (told.has(key) || told.size > MOST_IN_A_MINUTE) return
      told.add(key)
      const shown = told.size > MOST_IN_A_MINUTE ? OTHERS : details
      await (isLogged ? events.keep(type, shown) : events.record(type, shown))
    },
  }
}
