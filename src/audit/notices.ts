/**
 * Notices: security events that the owner of an account sees. A session ended because of reuse, a
 * client fell back to an older refresh token, or the database was older than a client.
 *
 * Threat: a thief uses a copied refresh token, and the owner does not read the audit table.
 * Guarantee: the owner sees the newest events of these types about the account, with both clients.
 * Limits: events are kept for EVENTS_TTL. An attacker can choose the address and the user agent of
 * a client.
 */
import type { Clock } from '../clock.ts'
import type { Config } from '../config/config.ts'
import type { EventStore, StoredEvent } from '../store/events.ts'
import type { EventType } from './events.ts'

/** The types of events that the owner sees. */
export const noticeTypes = [
  'refresh-reused',
  'session-fell-back',
  'session-forwarded',
] as const satisfies readonly EventType[]

export type NoticeType = (typeof noticeTypes)[number]

/** An event that the owner sees. It always has a session and a client: see sessions/verdicts.ts. */
export interface Notice extends StoredEvent {
  readonly type: NoticeType
  readonly sessionId: string
  readonly ip: string
  readonly userAgent: string
}

export interface Notices {
  /** Returns the newest notices about the account, at most MAX_NOTICES, the newest first. */
  list(userId: string): Promise<readonly Notice[]>
}

export interface NoticesOptions {
  readonly store: Pick<EventStore, 'listEvents'>
  readonly clock: Clock
  readonly settings: Pick<Config, 'eventsTtlSeconds'>
}

/** Maximum number of notices in one answer. */
export const MAX_NOTICES = 10

export const createNotices = ({ store, clock, settings }: NoticesOptions): Notices => ({
  async list(userId) {
    // Pruning runs once an hour, so a row may be older than EVENTS_TTL.
    const since = clock.now() - settings.eventsTtlSeconds * 1_000
    const events = await store.listEvents(MAX_NOTICES, { userId, types: noticeTypes, since })
    return events as readonly Notice[]
  },
})
