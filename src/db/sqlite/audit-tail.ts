import type { AuthEvent } from '../../store/events.ts'
import type { SqliteConnection } from './open.ts'

interface Seen {
  readonly id: number
  readonly mark: string
}

const WHAT = "SELECT id, at || ' ' || type || ' ' || ifnull(hex(session_id), '') AS mark FROM auth_events"

const markOf = ({ at, type, sessionId }: AuthEvent): string =>
  `${at} ${type} ${Buffer.from(sessionId ?? '', 'base64url')
    .toString('hex')
    .toUpperCase()}`

/**
 * Tells a database that went back in time where the change feed alone does not: each sign-in leaves an event, and none
 * of them a change. Without this, a process would remember sessions that a restored database has never known.
 */
export interface AuditTail {
  /** To be told each event that this connection adds. */
  added(id: number, event: AuthEvent): void
  /** Whether the newest event that was seen at the last call is gone, or is another one. */
  hasGoneBack(): boolean
}

export function createAuditTail({ driver }: SqliteConnection): AuditTail {
  const newest = driver.prepare<[], Seen>(`${WHAT} ORDER BY id DESC LIMIT 1`)
  const byId = driver.prepare<[number], Seen>(`${WHAT} WHERE id = ?`)
  let seen = newest.get()

  return {
    added(id, event) {
      seen = { id, mark: markOf(event) }
    },

    hasGoneBack() {
      const before = seen
      seen = newest.get()
      return before !== undefined && byId.get(before.id)?.mark !== before.mark
    },
  }
}
