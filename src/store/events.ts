/**
 * The contract of the audit table. Times are milliseconds since the Unix epoch.
 */

/** A security event. It contains no token, no password and no hash. */
export interface AuthEvent {
  readonly at: number
  /** One of `eventTypes` in audit/events.ts. */
  readonly type: string
  /** The account that the event is about, or null. */
  readonly userId: string | null
  /** The session that the event is about, or null. */
  readonly sessionId: string | null
  /** The administrator who acted on the account, or null if there was none. */
  readonly actorId: string | null
  /** The client's address, or null if the event has no request. */
  readonly ip: string | null
  /** The client's User-Agent header, or null if the event has no request. */
  readonly userAgent: string | null
  readonly reason: string | null
  readonly facts: EventFacts | null
}

/** The details of an event about a refresh token. */
export interface EventFacts {
  /** Generation of the refresh token that the client presented. */
  readonly presented: number
  /** Generation of the refresh token that was current. */
  readonly current: number
  /** Seconds since the proof of receipt of the current generation, or null without a proof. */
  readonly secondsSinceReceipt?: number | null
  /** The client for which the current generation was created. */
  readonly rotatedBy?: { readonly ip: string; readonly userAgent: string }
}

/** An event with its number. */
export interface StoredEvent extends AuthEvent {
  /** A positive integer that grows with each event. */
  readonly id: number
}

/** Which events to list. A field that is undefined does not filter. */
export interface EventFilter {
  readonly type?: string | undefined
  /** Lists only events of these types. */
  readonly types?: readonly string[] | undefined
  /** Lists only events of this time or later: milliseconds since the Unix epoch. */
  readonly since?: number | undefined
  readonly userId?: string | undefined
  readonly actorId?: string | undefined
  /** Lists only events with smaller ids. */
  readonly before?: number | undefined
}

/** The audit table. Methods reject with AuthError STORE_UNAVAILABLE: see store.ts. */
export interface EventStore {
  /** Adds an event. */
  addEvent(event: AuthEvent): Promise<void>
  /** Returns at most `limit` events that pass the filter, the newest first. */
  listEvents(limit: number, filter?: EventFilter): Promise<StoredEvent[]>
}
