/**
 * The change feed on SQLite. `PRAGMA data_version` tells whether another connection wrote; only then, or after a change of
 * our own, is the table read.
 *
 * The pragma takes a lock and gives it back, which costs as much as half a request. So it is asked once in a turn of the event
 * loop, for all requests that this turn has found waiting: whoever was answered by another process and then asks here
 * is found waiting by a later turn.
 *
 * A database can go back in time under a running process, by a backup that is restored in place. The last entry that was
 * read must then be missing, or bear another mark; what happened in between is unknown, and everything may have changed.
 */

import type { ChangeFeed, SessionChange } from '../../store/changes.ts'
import { type AuditTail, createAuditTail } from './audit-tail.ts'
import { asc, desc, gte, sql } from './drizzle.ts'
import type { SqliteConnection } from './open.ts'
import { placeholder } from './placeholder.ts'
import { sessionChanges } from './tables.ts'

export interface SqliteChanges extends ChangeFeed {
  /** To be told each event that this connection adds: see audit-tail.ts. */
  eventAdded: AuditTail['added']
  /** Appends one session to the feed, inside the transaction that makes the change. */
  add(sessionId: string, at: number): void
  /** Appends one account, all of whose sessions go stale, likewise. */
  addUser(userId: string, at: number): void
}

export function createSqliteChanges(connection: SqliteConnection): SqliteChanges {
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
  let isAsked = false
  const turnIsOver = () => {
    isAsked = false
  }

  function read(): readonly SessionChange[] | 'everything' {
    const version = dataVersion.get() as number
    if (version === seenVersion && !changedHere) return NOTHING

    const rows = since.all({ seq: seen.seq })
    const hasGoneBack = version !== seenVersion && auditTail.hasGoneBack()
    seenVersion = version
    changedHere = false
    if (hasGoneBack || !goesOnFrom(seen, rows[0])) {
      seen = newest.get() ?? BEGINNING
      return 'everything'
    }
    const fresh = seen === BEGINNING ? rows : rows.slice(1)
    seen = fresh.at(-1) ?? seen
    return fresh.length === 0 ? NOTHING : fresh.map(changeOf)
  }

  return {
    eventAdded: auditTail.added,

    add(sessionId, at) {
      append.run({ sessionId, userId: null, at })
      changedHere = true
    },

    addUser(userId, at) {
      append.run({ sessionId: null, userId, at })
      changedHere = true
    },

    changedSessions() {
      if (isAsked && !changedHere) return NOTHING
      const changed = read()
      // Only now: where asking has failed, the next request of this turn has to ask again.
      isAsked = true
      setImmediate(turnIsOver)
      return changed
    },
  }
}

interface Place {
  readonly seq: number
  readonly mark: number | null
}

const BEGINNING: Place = { seq: 0, mark: null }

/** The entry that was read last must still be there. When it is not, it was pruned, or the database went back in time. */
function goesOnFrom(seen: Place, first: Place | undefined): boolean {
  if (seen === BEGINNING) return first === undefined || first.seq === 1
  return first?.seq === seen.seq && first.mark === seen.mark
}

const NOTHING: readonly SessionChange[] = Object.freeze([])

/** A row names a session or an account, and never both. */
const changeOf = ({ sessionId, userId }: typeof sessionChanges.$inferSelect): SessionChange =>
  sessionId === null ? { of: 'user', id: userId as string } : { of: 'session', id: sessionId }
