/**
 * The change feed on SQLite. `PRAGMA data_version` changes when another connection writes. The
 * table is read only then, and after a change of this connection.
 *
 * The pragma takes and releases a lock, which costs as much as half a request. It runs once in a
 * turn of the event loop, for all requests that this turn found waiting. A client that has an
 * answer of another process and then calls this one is found waiting by a later turn.
 *
 * A backup that is restored in place takes the database back in time. The entry that was read last
 * is then missing or has another mark. The changes in between are unknown, so everything may have
 * changed.
 */

import type { ChangeFeed, SessionChange } from '../../store/changes.ts'
import { type AuditTail, createAuditTail } from './audit-tail.ts'
import { asc, desc, gte, sql } from './drizzle.ts'
import type { SqliteConnection } from './open.ts'
import { placeholder } from './placeholder.ts'
import { sessionChanges } from './tables.ts'

export interface SqliteChanges extends ChangeFeed {
  /** The connection reports each event that it adds: see audit-tail.ts. */
  eventAdded: AuditTail['added']
  /** Appends a session to the feed, inside the transaction that makes the change. */
  add(sessionId: string, at: number): void
  /**
   * Appends an account whose sessions all go stale, inside the transaction that makes the change.
   */
  addUser(userId: string, at: number): void
}

/** @param onAdded called for each change, inside the transaction that makes it */
export function createSqliteChanges(connection: SqliteConnection, onAdded: () => void): SqliteChanges {
  const { driver, db } = connection
  const append = db
    .insert(sessionChanges)
    .values({
      sessionId: sql.placeholder('sessionId'),
      userId: sql.placeholder('userId'),
      at: sql.placeholder('at'),
      mark: sql`random() >> 11`,
    })
    .prepare()
  const newest = db
    .select({ seq: sessionChanges.seq, mark: sessionChanges.mark })
    .from(sessionChanges)
    .orderBy(desc(sessionChanges.seq))
    .limit(1)
    .prepare()
  const since = db
    .select()
    .from(sessionChanges)
    .where(gte(sessionChanges.seq, placeholder(sessionChanges.seq, 'seq')))
    .orderBy(asc(sessionChanges.seq))
    .prepare()
  const dataVersion = driver.prepare('PRAGMA data_version').pluck()

  let seenVersion = dataVersion.get() as number
  let seen = newest.get() ?? BEGINNING
  const auditTail = createAuditTail(connection)
  let changedHere = false
  let hasReadInTurn = false
  const onTurnEnd = () => {
    hasReadInTurn = false
  }

  function read(): readonly SessionChange[] | 'everything' {
    const version = dataVersion.get() as number
    if (version === seenVersion && !changedHere) return NO_CHANGES

    const rows = since.all({ seq: seen.seq })
    const hasGoneBack = version !== seenVersion && auditTail.hasGoneBack()
    seenVersion = version
    changedHere = false
    if (hasGoneBack || !isContinuous(seen, rows[0])) {
      seen = newest.get() ?? BEGINNING
      return 'everything'
    }
    const fresh = seen === BEGINNING ? rows : rows.slice(1)
    seen = fresh.at(-1) ?? seen
    return fresh.length === 0 ? NO_CHANGES : fresh.map(changeOf)
  }

  return {
    eventAdded: auditTail.added,

    add(sessionId, at) {
      append.run({ sessionId, userId: null, at })
      changedHere = true
      onAdded()
    },

    addUser(userId, at) {
      append.run({ sessionId: null, userId, at })
      changedHere = true
      onAdded()
    },

    changedSessions() {
      if (hasReadInTurn && !changedHere) return NO_CHANGES
      const changed = read()
      // After the call: if it throws, the next request of this turn has to read again.
      hasReadInTurn = true
      setImmediate(onTurnEnd)
      return changed
    },
  }
}

interface Place {
  readonly seq: number
  readonly mark: number | null
}

const BEGINNING: Place = { seq: 0, mark: null }

/**
 * The entry that was read last must exist. Otherwise it was pruned or the database was restored.
 */
function isContinuous(seen: Place, first: Place | undefined): boolean {
  if (seen === BEGINNING) return first === undefined || first.seq === 1
  return first?.seq === seen.seq && first.mark === seen.mark
}

const NO_CHANGES: readonly SessionChange[] = Object.freeze([])

/** A row names either a session or an account. */
export const changeOf = ({ sessionId, userId }: typeof sessionChanges.$inferSelect): SessionChange =>
  sessionId === null ? { of: 'user', id: userId as string } : { of: 'session', id: sessionId }
