/**
 * The contract of the audit table. Times are milliseconds since the Unix epoch.
 */

export interface AuthEvent {
  readonly at: number
  readonly type: string
  /** Whose account it is about. */
  readonly userId: string | null
  readonly sessionId: string | null
  /** The administrator who did it to the account; null where nobody else did. */
  readonly actorId: string | null
  readonly ip: string | null
  readonly userAgent: string | null
  readonly reason: string | null
  readonly facts: EventFacts | null
}

/** What an event about a refresh token tells besides. */
export interface EventFacts {
  /** Generation of the token that was presented, and the one that was current. */
  readonly presented: number
  readonly current: number
  /** How long the receipt of the current generation had been proved; null where it was not. */
  readonly secondsSinceReceipt?: number | null
  /** Where the client was that the current generation was made for. */
  readonly rotatedBy?: { readonly ip: string; readonly userAgent: string }
}

export interface StoredEvent extends AuthEvent {
  /** Grows with each event. */
  readonly id: number
}

export interface EventFilter {
  readonly type?: string | undefined
  /** One of these types. */
  readonly types?: readonly string[] | undefined
  /** Only events of this time or later. */
  readonly since?: number | undefined
  readonly userId?: string | undefined
  readonly actorId?: string | undefined
  /** Only events with smaller ids. */
  readonly before?: number | undefined
}

export interface EventStore {
  addEvent(event: AuthEvent): Promise<void>
  /** Newest first. */
  listEvents(limit: number, filter?: EventFilter): Promise<StoredEvent[]>
}
