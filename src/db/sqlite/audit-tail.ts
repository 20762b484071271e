import type { SqliteConnection } from './open.ts'

interface Seen {
  readonly id: number
  readonly mark: string
}

const WHAT = "SELECT id, at || ' ' || type || ' ' || ifnull(hex(session_id), '') AS mark FROM auth_events"

/**
 * Tells a database that went back in time where the change feed alone does not: each sign-in leaves an event, and none
 * of them a change. Without this, a process would remember sessions that a restored database has never known.
 */
export interface AuditTail {
  /** To be called after each event of this connection, inside its transaction. */
  note(): void
  /** Whether the newest event that was seen at the last call is gone, or is another one. */
  hasGoneBack(): boolean
}

export function createAuditTail({ driver }: SqliteConnection): AuditTail {
  const newest = driver.prepare<[], Seen>(`${WHAT} ORDER BY id DESC LIMIT 1`)
  const byId = driver.prepare<[number], Seen>(`${WHAT} WHERE id = ?`)
  let seen = newest.get()

  return {
    note() {
      seen = newest.get()
    },
    hasGoneBack() {
      const before = seen
      seen = newest.get()
      return before !== undefined && byId.get(before.id)?.mark !== before.mark
    },
  }
}
