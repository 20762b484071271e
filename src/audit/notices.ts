/**
 * What the owner of an account is told about its sessions: a session ended because a refresh token came back, a client fell
 * back to an older token, or the database was older than a client.
 *
 * Threat:    A copied refresh token. The owner does not read the audit table.
 * Guarantee: The owner sees the newest events of these types about this account, with both clients.
 * Limits:    Events live for EVENTS_TTL. A client is an address and a user agent, and both can be chosen by an attacker.
 */
import type { Clock } from '../clock.ts'
import type { Config } from '../config/config.ts'
import type { EventStore, StoredEvent } from '../store/events.ts'
import type { EventType } from './events.ts'

export const noticeTypes = [
  'refresh-reused',
  'session-fell-back',
  'session-forwarded',
] as const satisfies readonly EventType[]

export type NoticeType = (typeof noticeTypes)[number]

/** Each event of these types names its session and its client: see sessions/verdicts.ts. */
export interface Notice extends StoredEvent {
  readonly type: NoticeType
  readonly sessionId: string
  readonly ip: string
  readonly userAgent: string
}

export interface Notices {
  /** The newest first, at most MAX_NOTICES. */
  list(userId: string): Promise<readonly Notice[]>
}

export interface NoticesOptions {
  readonly store: Pick<EventStore, 'listEvents'>
  readonly clock: Clock
  readonly settings: Pick<Config, 'eventsTtlSeconds'>
}

export const MAX_NOTICES = 10

export const createNotices = ({ store, clock, settings }: NoticesOptions): Notices => ({
  async list(userId) {
    // Pruning is hourly: a row may be older than the time for which events are kept.
    const since = clock.now() - settings.eventsTtlSeconds * 1_000
    const events = await store.listEvents(MAX_NOTICES, { userId, types: noticeTypes, since })
    return events as readonly Notice[]
  },
})
