/**
 * Security events: one row in the audit table and one line in the log for each. Never a token, a password or a hash.
 * Source: OWASP ASVS 5.0 V16.3.
 */
import type { Clock } from './clock.ts'
import type { EventStore } from './db/store.ts'

export type EventType =
  | 'registered'
  | 'signed-in'
  | 'sign-in-failed'
  | 'sign-in-paused'
  | 'sign-in-closed'
  | 'signed-out'
  | 'refresh-reused'
  | 'session-revoked'
  | 'password-changed'
  | 'role-changed'
  | 'disabled'
  | 'enabled'
  | 'unlocked'
  | 'account-deleted'
  | 'cross-origin-refused'

/** Where a request came from. */
export interface Client {
  readonly ip: string
  readonly userAgent: string
}

export interface EventDetails {
  readonly userId?: string | undefined
  readonly sid?: string | undefined
  readonly client?: Client | undefined
  /** Why, in a word or two. */
  readonly reason?: string | undefined
}

/** What is needed of a logger: pino's signature. */
export interface Log {
  info(details: object, message: string): void
  error(details: object, message: string): void
}

export interface Events {
  /** Never rejects: an event that cannot be stored is logged as such, and the request goes on. */
  record(type: EventType, details: EventDetails): Promise<void>
}

const LONGEST_AGENT = 256
const LONGEST_ADDRESS = 64

/** Addresses and agents come from outside: bounded before anything keeps them. */
export const boundedClient = (ip: string, userAgent: string | undefined): Client => ({
  ip: ip.slice(0, LONGEST_ADDRESS),
  userAgent: (userAgent ?? '').slice(0, LONGEST_AGENT),
})

export function createEvents({ store, clock, log }: { store: EventStore; clock: Clock; log: Log }): Events {
  return {
    async record(type, { userId, sid, client, reason }) {
      log.info({ event: type, userId, sid, ip: client?.ip, userAgent: client?.userAgent, reason }, type)
      try {
        await store.addEvent({
          at: clock.now(),
          type,
          userId: userId ?? null,
          sessionId: sid ?? null,
          ip: client?.ip ?? null,
          userAgent: client?.userAgent ?? null,
          reason: reason ?? null,
        })
      } catch (error) {
        log.error({ event: type, err: error }, 'an event could not be stored')
      }
    },
  }
}
