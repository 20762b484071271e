import type { AuthEvent } from '../../store/events.ts'
import type { SqliteConnection } from './open.ts'

/** An event, and its content as text. */
interface Seen {
  readonly id: number
  readonly mark: string
}

export interface AuditMarks {
  newest(): Seen | undefined
  byId(id: number): Seen | undefined
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

export function createAuditMarks({ driver }: SqliteConnection): AuditMarks {
  const newest = driver.prepare<[], Seen>(`${SELECT_MARK} ORDER BY id DESC LIMIT 1`)
  const byId = driver.prepare<[number], Seen>(`${SELECT_MARK} WHERE id = ?`)
  return { newest: () => newest.get(), byId: (id) => byId.get(id) }
}

export function createAuditTail(connection: SqliteConnection): AuditTail {
  const marks = createAuditMarks(connection)
  let seen = marks.newest()

  return {
    added(id, event) {
      seen = { id, mark: markOf(event) }
    },

    hasGoneBack() {
      const before = seen
      seen = marks.newest()
      return before !== undefined && marks.byId(before.id)?.mark !== before.mark
    },
  }
}
