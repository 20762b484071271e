/**
 * Security events: one row in the audit table and one line in the log for each. Never a token, a password or a hash.
 * Source: OWASP ASVS 5.0 V16.3.
 */
import type { Clock } from '../clock.ts'
import type { AuthEvent, EventFacts, EventStore, StoredEvent } from '../store/events.ts'
import { createCursors, type Page, pageOf } from './cursor.ts'

export const eventTypes = [
  'registered',
  'signed-in',
  'sign-in-failed',
  'sign-in-paused',
  'sign-in-closed',
  'signed-out',
  'refresh-reused',
  'refresh-late',
  'session-fell-back',
  'session-forwarded',
  'session-revoked',
  'password-changed',
  'password-change-required',
  'password-change-waived',
  'role-changed',
  'disabled',
  'enabled',
  'unlocked',
  'account-deleted',
  'key-rotated',
  'rate-limited',
  'access-refused',
  'cross-origin-refused',
  'token-refused',
] as const

export type EventType = (typeof eventTypes)[number]

/** Where a request came from. */
export interface Client {
  readonly ip: string
  readonly userAgent: string
}

/** Somebody who does something to an account that need not be their own. */
export interface Actor {
  readonly userId: string
  readonly sid: string
  readonly client: Client
}

export interface EventDetails {
  /** Whose account it is about. */
  readonly userId?: string | undefined
  /** The administrator who did it, where it was not the account's owner. */
  readonly actorId?: string | undefined
  readonly sid?: string | undefined
  readonly client?: Client | undefined
  /** Why, in a word or two. */
  readonly reason?: string | undefined
  /** What an event about a refresh token tells besides. */
  readonly facts?: EventFacts | undefined
}

/** What is needed of a logger: pino's signature. */
export interface Log {
  info(details: object, message: string): void
  error(details: object, message: string): void
}

export interface Events {
  /** Never rejects: an event that cannot be stored is logged as such, and the request goes on. */
  record(type: EventType, details: EventDetails): Promise<void>
  /** The row of an event, for a change that stores it along with what it tells of; to be announced afterwards. */
  rowOf(type: EventType, details: EventDetails): AuthEvent
  /** Stores an event that is counted and logged already. Never rejects. */
  keep(type: EventType, details: EventDetails): Promise<void>
  /** Counts and logs an event that is stored already. */
  announce(type: EventType, details: EventDetails): void
  /** Counts what happens too often for a row of its own. */
  count(type: 'refreshed'): void
  /** How often each type has happened in this process since it started; what has not is left out. */
  counts(): Readonly<Partial<Record<EventType | 'refreshed', number>>>
  /** What was recorded, the newest first. Rejects with INVALID_REQUEST when the cursor is none. */
  list(query: EventQuery): Promise<Page<StoredEvent>>
}

export interface EventQuery {
  /** Most events on a page. */
  readonly limit: number
  /** Where the page before ended. */
  readonly cursor?: string | undefined
  readonly type?: EventType | undefined
  readonly userId?: string | undefined
  readonly actorId?: string | undefined
}

const LONGEST_AGENT = 256
const LONGEST_ADDRESS = 64

/** Addresses and agents come from outside: bounded before anything keeps them. */
export const boundedClient = (ip: string, userAgent: string | undefined): Client => ({
  ip: ip.slice(0, LONGEST_ADDRESS),
  userAgent: (userAgent ?? '').slice(0, LONGEST_AGENT),
})

const cursors = createCursors('events', /^[1-9][0-9]{0,14}$/)

export function createEvents({ store, clock, log }: { store: EventStore; clock: Clock; log: Log }): Events {
  const counted: Partial<Record<EventType | 'refreshed', number>> = {}
  const count = (type: EventType | 'refreshed') => {
    counted[type] = (counted[type] ?? 0) + 1
  }

  const rowOf: Events['rowOf'] = (type, { userId, actorId, sid, client, reason, facts }) => ({
    at: clock.now(),
    type,
    userId: userId ?? null,
    sessionId: sid ?? null,
    actorId: actorId ?? null,
    ip: client?.ip ?? null,
    userAgent: client?.userAgent ?? null,
    reason: reason ?? null,
    facts: facts ?? null,
  })

  const announce: Events['announce'] = (type, { userId, actorId, sid, client, reason, facts }) => {
    count(type)
    const { ip, userAgent } = client ?? {}
    log.info({ event: type, userId, actorId, sid, ip, userAgent, reason, ...facts }, type)
  }

  const keep: Events['keep'] = async (type, details) => {
    try {
      await store.addEvent(rowOf(type, details))
    } catch (error) {
      log.error({ event: type, err: error }, 'an event could not be stored')
    }
  }

  return {
    count,
    keep,
    counts: () => ({ ...counted }),
    rowOf,
    announce,

    async list({ limit, cursor, ...filter }) {
      const before = cursor === undefined ? undefined : Number(cursors.read(cursor))
      return pageOf(await store.listEvents(limit + 1, { ...filter, before }), limit, cursors)
    },

    record(type, details) {
      announce(type, details)
      return keep(type, details)
    },
  }
}
