/**
 * Places of the change feed on PostgreSQL, from which any node can go on reading.
 *
 * Numbers do not tell what is new: a transaction with a lower number may commit later. So a place
 * holds the snapshot in which the feed was read: `end`, the first transaction that had not begun,
 * and `open`, those before it that had not ended. The rows of exactly these are new. Each is read
 * once, and a transaction that stays open delays no other one.
 *
 * A place also names the newest change and the newest audit event with their contents. A database
 * that was restored lacks one of them, or gives its number to another one. A pruned change is
 * missing, and prune.ts keeps the newest one.
 *
 * An older copy may have both, if only other rows were lost. It gives the numbers of the lost
 * transactions to others. So rows with a higher number than the newest change are new, too.
 */
import type { SessionChange } from '../../store/changes.ts'
import type { FeedRow } from './changes.ts'
import { sql } from './drizzle.ts'
import { prepareRaw, rawQuery } from './statements.ts'
import { sessionChanges } from './tables.ts'
import type { Executor } from './transactions.ts'

/** A row that was read, by its number and its content. */
interface Seen {
  readonly id: number
  readonly mark: string
}

export interface Place {
  /** Null if there was none. */
  readonly change: Seen | null
  readonly event: Seen | null
  readonly end: bigint
  readonly open: readonly bigint[]
}

export interface Reading {
  /** 'everything' if the place is not in the history of the database, or is too far behind. */
  readonly rows: readonly FeedRow[] | 'everything'
  readonly place: Place
  /** Another one for each start of a server. */
  readonly server: string
}

/** More than that are not worth the memory: the reader forgets everything instead. */
const MAX_ROWS = 10_000

const FRESH = sql`SELECT seq, session_id, user_id, mark FROM session_changes`
const FIRST_ROWS = sql`ORDER BY seq LIMIT ${sql.raw(String(MAX_ROWS + 1))}`
const MARK_OF_EVENT = sql`at || ' ' || type || ' ' || coalesce(encode(session_id, 'hex'), '')`

// One statement, so that every part is of the same snapshot. A row of a transaction that has not
// begun comes from a dump of another server. UNION, because OR would not use both indexes.
const read = prepareRaw(
  rawQuery(sql`WITH now AS MATERIALIZED (SELECT pg_current_snapshot() AS snapshot)
    SELECT snapshot::text, extract(epoch FROM pg_postmaster_start_time())::text,
      (SELECT mark FROM session_changes WHERE seq = ${sql.placeholder('change')}::bigint),
      (SELECT ${MARK_OF_EVENT} FROM auth_events WHERE id = ${sql.placeholder('event')}::bigint),
      (SELECT seq || ' ' || mark FROM session_changes ORDER BY seq DESC LIMIT 1),
      (SELECT id || ' ' || ${MARK_OF_EVENT} FROM auth_events ORDER BY id DESC LIMIT 1),
      fresh.seq, fresh.session_id, fresh.user_id, fresh.mark
    FROM now LEFT JOIN LATERAL (
      (${FRESH} WHERE seq > ${sql.placeholder('after')}::bigint ${FIRST_ROWS})
      UNION
      (${FRESH} WHERE (xid >= ${sql.placeholder('end')}::xid8 AND xid < pg_snapshot_xmax(snapshot)
        OR xid = ANY(${sql.placeholder('open')}::xid8[])) ${FIRST_ROWS})
    ) AS fresh ON true
    ORDER BY fresh.seq`),
)

const seen = prepareRaw(
  rawQuery(sql`SELECT
    (SELECT seq || ' ' || mark FROM session_changes WHERE seq = ${sql.placeholder('change')}::bigint),
    (SELECT id || ' ' || ${MARK_OF_EVENT} FROM auth_events WHERE id = ${sql.placeholder('event')}::bigint)`),
)

/** Returns the rows with these numbers; null for one that does not exist. */
export async function seenAt(
  executor: Executor,
  change: number,
  event: number,
): Promise<readonly [Seen | null, Seen | null]> {
  const [changeText, eventText] = (await executor.get(seen, { change, event })) as (string | null)[]
  return [seenOf(changeText as string | null), seenOf(eventText as string | null)]
}

type Stored = readonly [
  snapshot: string,
  server: string,
  changeMark: string | null,
  eventMark: string | null,
  newestChange: string | null,
  newestEvent: string | null,
  seq: string | null,
  sessionId: Buffer | null,
  userId: string | null,
  mark: string,
]

/** Returns what is new after a place. @param place null for the newest place, without any changes */
export async function readAfter(executor: Executor, place: Place | null): Promise<Reading> {
  const values = {
    change: place?.change?.id ?? null,
    event: place?.event?.id ?? null,
    // For the newest place nothing is new: no row and no transaction has such a number.
    after: place === null ? String(MAX_NUMBER) : (place.change?.id ?? 0),
    end: String(place?.end ?? MAX_NUMBER),
    open: `{${place?.open.join() ?? ''}}`,
  }
  const stored = (await executor.all(read, values)) as unknown as Stored[]
  const [snapshot, server, changeMark, eventMark, newestChange, newestEvent] = stored[0] as Stored
  const fresh = stored.filter(([, , , , , , seq]) => seq !== null)
  const now = placeOf(snapshot, seenOf(newestChange), seenOf(newestEvent))
  if (place === null) return { rows: [], place: now, server }
  const isInHistory =
    now.end >= place.end &&
    isStill(place.event, eventMark) &&
    (place.change === null ? isFirst(fresh[0]) : isStill(place.change, changeMark))
  if (!isInHistory || fresh.length > MAX_ROWS) return { rows: 'everything', place: now, server }
  return { rows: fresh.map(feedRowOf), place: now, server }
}

const MAX_NUMBER = 2n ** 63n - 1n

const isStill = (seen: Seen | null, mark: string | null): boolean => seen === null || seen.mark === mark

/** After a place of an empty feed: another first number may mean that others were pruned. */
const isFirst = (fresh: Stored | undefined): boolean => fresh === undefined || fresh[6] === '1'

/** A number, a space and the content. */
function seenOf(text: string | null): Seen | null {
  if (text === null) return null
  const space = text.indexOf(' ')
  return { id: Number(text.slice(0, space)), mark: text.slice(space + 1) }
}

/** @param snapshot such as 10:20:10,14: the first open transaction, the end, the open ones */
function placeOf(snapshot: string, change: Seen | null, event: Seen | null): Place {
  const [, end = '', open = ''] = snapshot.split(':')
  return { change, event, end: BigInt(end), open: open === '' ? [] : open.split(',').map(BigInt) }
}

function feedRowOf([, , , , , , , sessionId, userId, mark]: Stored): FeedRow {
  const change: SessionChange =
    sessionId === null
      ? { of: 'user', id: userId as string }
      : { of: 'session', id: sessionChanges.sessionId.mapFromDriverValue(sessionId) as string }
  return { mark: Number(mark), change }
}
