/**
 * The change feed on SQLite. `PRAGMA data_version` tells whether another connection wrote; only then, or after a change of
 * our own, is the table read.
 *
 * The pragma takes a lock and gives it back, which costs as much as half a request. So it is asked once in a turn of the event
 * loop, for all requests that this turn has found waiting: whoever was answered by another process and then asks here
 * is found waiting by a later turn.
 */
import { asc, gte, max, sql } from '../drizzle.ts'
import type { ChangeFeed } from '../store.ts'
import { sessionChanges } from '../tables.ts'
import type { SqliteConnection } from './open.ts'
import { placeholder } from './placeholder.ts'

export interface SqliteChanges extends ChangeFeed {
  /** Appends to the feed, inside the transaction that makes the change. */
  add(sessionId: string, at: number): void
}

export function createSqliteChanges({ driver, db }: SqliteConnection): SqliteChanges {
  const append = db
    .insert(sessionChanges)
    .values({ sessionId: sql.placeholder('sessionId'), at: sql.placeholder('at') })
    .prepare()
  const newest = db
    .select({ seq: max(sessionChanges.seq) })
    .from(sessionChanges)
    .prepare()
  const since = db
    .select()
    .from(sessionChanges)
    .where(gte(sessionChanges.seq, placeholder(sessionChanges.seq, 'seq')))
    .orderBy(asc(sessionChanges.seq))
    .prepare()
  const dataVersion = driver.prepare('PRAGMA data_version').pluck()

  let seenVersion = dataVersion.get() as number
  let seenSeq = newest.get()?.seq ?? 0
  let changedHere = false
  let isAsked = false
  const turnIsOver = () => {
    isAsked = false
  }

  function read(): readonly string[] | 'everything' {
    const version = dataVersion.get() as number
    if (version === seenVersion && !changedHere) return NOTHING

    const rows = since.all({ seq: seenSeq })
    seenVersion = version
    changedHere = false
    // The entry read last must still be there (the first one has number 1). When it is not, it was pruned, or the
    // database went back in time: either way, what happened in between is unknown.
    const continuous = rows.length === 0 ? seenSeq === 0 : rows[0]?.seq === Math.max(seenSeq, 1)
    if (!continuous) {
      seenSeq = newest.get()?.seq ?? 0
      return 'everything'
    }
    const fresh = seenSeq === 0 ? rows : rows.slice(1)
    seenSeq = fresh.at(-1)?.seq ?? seenSeq
    return fresh.length === 0 ? NOTHING : fresh.map((row) => row.sessionId)
  }

  return {
    add(sessionId, at) {
      append.run({ sessionId, at })
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

const NOTHING: readonly string[] = Object.freeze([])
