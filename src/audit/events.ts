/**
 * Security events. Each is a row in the audit table and a line in the log.
 *
 * Threat: an event publishes a token, a password or a hash.
 * Guarantee: an event has only the fields of EventDetails. None of them is made for a secret.
 * Limits: an event that the database refuses is only in the log.
 * Source: OWASP ASVS 5.0 V16.3.
 */
import type { Clock } from '../clock.ts'
import type { AuthEvent, EventFacts, EventStore, StoredEvent } from '../store/events.ts'
import { createCursors, type Page, pageOf } from './cursor.ts'

export const eventTypes = [
  'registered',
  'registration-requested',
  'invited',
  'invitation-accepted',
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
  'password-forgotten',
  'link-refused',
  'email-confirmed',
  'email-change-requested',
  'email-changed',
  'email-change-undone',
  'mail-given-up',
  'key-rotated',
  'client-created',
  'client-deleted',
  'rate-limited',
  'access-refused',
  'cross-origin-refused',
  'token-refused',
  'client-refused',
] as const

export type EventType = (typeof eventTypes)[number]

/** The address and the User-Agent header of a client, bounded in length. */
export interface Client {
  readonly ip: string
  readonly userAgent: string
}

/** The signed-in user who changes an account, their own or another. */
export interface Actor {
  readonly userId: string
  readonly sid: string
  readonly client: Client
}

/** What an event says in addition to its type and time. */
export interface EventDetails {
  /** The account that the event is about. */
  readonly userId?: string | undefined
  /** The administrator who acted, if the owner of the account did not. */
  readonly actorId?: string | undefined
  readonly sid?: string | undefined
  readonly client?: Client | undefined
  /** The reason in a few words. */
  readonly reason?: string | undefined
  /** The details of an event about a refresh token. */
  readonly facts?: EventFacts | undefined
}

/** The part of a pino logger that events need. */
export interface Log {
  info(details: object, message: string): void
  error(details: object, message: string): void
}

/** Records and lists security events. */
export interface Events {
  /**
   * Counts, logs and stores an event. Never rejects: if the event cannot be stored, an error is
   * logged and the request goes on.
   */
  record(type: EventType, details: EventDetails): Promise<void>
  /** Returns the row of an event, for a change that stores both. `announce` it after the change. */
  rowOf(type: EventType, details: EventDetails): AuthEvent
  /** Stores an event that is already counted and logged. Never rejects. */
  keep(type: EventType, details: EventDetails): Promise<void>
  /** Counts and logs an event that is already stored. */
  announce(type: EventType, details: EventDetails): void
  /** Counts an event that is too frequent for a row. */
  count(type: 'refreshed'): void
  /** Returns the number of events of each type since the process started, without zeros. */
  counts(): Readonly<Partial<Record<EventType | 'refreshed', number>>>
  /**
   * Returns a page of events, the newest first.
   * @throws AuthError INVALID_REQUEST if the cursor is not a cursor of this list
   */
  list(query: EventQuery): Promise<Page<StoredEvent>>
}

/** Which events to list. */
export interface EventQuery {
  /** Maximum number of events on a page. */
  readonly limit: number
  /** `nextCursor` of the page before. */
  readonly cursor?: string | undefined
  readonly type?: EventType | undefined
  readonly userId?: string | undefined
  readonly actorId?: string | undefined
}

const MAX_USER_AGENT_LENGTH = 256
const MAX_ADDRESS_LENGTH = 64

/** The client chooses these values, so they are bounded before they are stored or logged. */
export const boundedClient = (ip: string, userAgent: string | undefined): Client => ({
  ip: ip.slice(0, MAX_ADDRESS_LENGTH),
  userAgent: (userAgent ?? '').slice(0, MAX_USER_AGENT_LENGTH),
})

const cursors = createCursors('events', /^[1-9][0-9]{0,14}$/)

export interface EventsDeps {
  readonly store: EventStore
  readonly clock: Clock
  readonly log: Log
  /** Called after each event is logged. */
  readonly tell?: (type: EventType, details: EventDetails) => void
}

export function createEvents({ store, clock, log, tell = () => {} }: EventsDeps): Events {
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

  const announce: Events['announce'] = (type, details) => {
    const { userId, actorId, sid, client, reason, facts } = details
    count(type)
    const { ip, userAgent } = client ?? {}
    log.info({ event: type, userId, actorId, sid, ip, userAgent, reason, ...facts }, type)
    tell(type, details)
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
