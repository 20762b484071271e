/**
 * Places of the change feed on SQLite, from which any process can go on reading.
 *
 * A place is the number of a change, the number of an audit event, and a digest. The digest is made
 * of the identity of the database file, the random mark of the change and the content of the event.
 * A place is refused unless all of them are found again:
 * - A replaced file has another identity.
 * - A restored database lacks the change or the event, or gives their numbers to other ones. The
 *   event is needed because a sign-in adds an event and no change.
 * - A pruned change is missing. prune.ts keeps the newest one.
 */
import { hash } from 'node:crypto'
import type { FeedPage } from '../../store/changes.ts'
import { createAuditMarks } from './audit-tail.ts'
import { changeOf } from './changes.ts'
import { asc, desc, eq, gt } from './drizzle.ts'
import type { SqliteConnection } from './open.ts'
import { placeholder } from './placeholder.ts'
import { sessionChanges } from './tables.ts'

/** Reading and mapping this many takes about a millisecond. */
const MAX_CHANGES = 500
const DIGEST_LENGTH = 24
const PLACE = /^[0-9a-f]{24}-(?<seq>\d{1,15})-(?<event>\d{1,15})$/

/** @param identity another one for each database file */
export function createChangePlaces(
  connection: SqliteConnection,
  identity: string,
): (place: string | null) => FeedPage {
  const { db, driver } = connection
  const auditMarks = createAuditMarks(connection)
  const columns = { seq: sessionChanges.seq, mark: sessionChanges.mark }
  const newest = db.select(columns).from(sessionChanges).orderBy(desc(sessionChanges.seq)).limit(1).prepare()
  const bySeq = db
    .select(columns)
    .from(sessionChanges)
    .where(eq(sessionChanges.seq, placeholder(sessionChanges.seq, 'seq')))
    .prepare()
  const after = db
    .select()
    .from(sessionChanges)
    .where(gt(sessionChanges.seq, placeholder(sessionChanges.seq, 'seq')))
    .orderBy(asc(sessionChanges.seq))
    .limit(MAX_CHANGES)
    .prepare()

  const placeOf = ({ seq, mark }: Entry, event: { id: number; mark: string }): string => {
    const digest = hash('sha256', JSON.stringify([identity, seq, mark, event.id, event.mark]))
    return `${digest.slice(0, DIGEST_LENGTH)}-${seq}-${event.id}`
  }

  /** Returns the change that the place names, or undefined if it is not in this history. */
  function entryAt(place: string): Entry | undefined {
    const { seq, event } = PLACE.exec(place)?.groups ?? {}
    const entry = Number(seq) === 0 ? BEGINNING : bySeq.get({ seq: Number(seq) })
    const tail = Number(event) === 0 ? NO_EVENT : auditMarks.byId(Number(event))
    return entry && tail && placeOf(entry, tail) === place ? entry : undefined
  }

  function pageAfter(entry: Entry): FeedPage | undefined {
    const rows = after.all({ seq: entry.seq })
    if (entry === BEGINNING && rows[0] !== undefined && rows[0].seq !== 1) return undefined
    return {
      changes: rows.map(changeOf),
      place: placeOf(rows.at(-1) ?? entry, auditMarks.newest() ?? NO_EVENT),
      hasMore: rows.length === MAX_CHANGES,
    }
  }

  // One transaction, so that every part of the answer is of the same database.
  return driver.transaction((place: string | null): FeedPage => {
    const entry = place === null ? undefined : entryAt(place)
    const page = entry && pageAfter(entry)
    if (page !== undefined) return page
    return {
      changes: place === null ? [] : 'everything',
      place: placeOf(newest.get() ?? BEGINNING, auditMarks.newest() ?? NO_EVENT),
      hasMore: false,
    }
  })
}

interface Entry {
  readonly seq: number
  readonly mark: number | null
}

const BEGINNING: Entry = { seq: 0, mark: null }
const NO_EVENT = { id: 0, mark: '' }
