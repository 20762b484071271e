import type { AuthEvent } from '../../store/events.ts'
import type { SqliteConnection } from './open.ts'

interface Seen {
  readonly id: number
  readonly mark: string
}

const SELECT_MARK =
  "SELECT id, at || ' ' || type || ' ' || ifnull(hex(session_id), '') AS mark FROM auth_events"

const markOf = ({ at, type, sessionId }: AuthEvent): string =>
  `${at} ${type} ${Buffer.from(sessionId ?? '', 'base64url')
    .toString('hex')
    .toUpperCase()}`

/**
 * Detects a restored database where the change feed cannot: a sign-in adds an event, but no change.
 * Without this, a process would keep cached sessions that the restored database does not contain.
 */
export interface AuditTail {
  /** The connection reports each event that it adds. */
  added(id: number, event: AuthEvent): void
  /** Returns whether the newest event of the last call is missing now, or is another event. */
  hasGoneBack(): boolean
}

export function createAuditTail({ driver }: SqliteConnection): AuditTail {
  const newest = driver.prepare<[], Seen>(`${SELECT_MARK} ORDER BY id DESC LIMIT 1`)
  const byId = driver.prepare<[number], Seen>(`${SELECT_MARK} WHERE id = ?`)
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
