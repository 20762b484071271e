/**
 * Places of the change feed as text, which any node of the same database can read from.
 *
 * A place names the newest change and event by their numbers, and the snapshot: see
 * change-places.ts. Its digest also covers the identity of the database and the contents of both
 * rows, so a place of another history is refused.
 */
import { hash } from 'node:crypto'
import type { FeedPage } from '../../store/changes.ts'
import { type Place, readAfter, seenAt } from './change-places.ts'
import { sql } from './drizzle.ts'
import { prepareRaw, rawQuery } from './statements.ts'
import type { Executor } from './transactions.ts'

const DIGEST_LENGTH = 24
const MAX_LENGTH = 100
const PLACE =
  /^(?<digest>[0-9a-f]{24})-(?<change>\d{1,15})-(?<event>\d{1,15})-(?<end>\d{1,19})(?<open>(-[1-9a-z][0-9a-z]{0,11})*)$/

/** Other servers have another one, and so has another database of this server. */
const identity = prepareRaw(
  rawQuery(
    sql`SELECT system_identifier || '-' || oid FROM pg_control_system(), pg_database WHERE datname = current_database()`,
  ),
)

export function createChangePages(executor: Executor): (place: string | null) => Promise<FeedPage> {
  let name: string | undefined

  async function textOf(place: Place): Promise<string> {
    name ??= String((await executor.get(identity))?.[0])
    const { change, event, end, open } = place
    const numbers = [change?.id ?? 0, event?.id ?? 0, end]
    // As distances, which are short.
    const text = [...numbers, ...open.map((each) => (end - each).toString(36))].join('-')
    const content = JSON.stringify([name, change, event, text])
    return `${hash('sha256', content).slice(0, DIGEST_LENGTH)}-${text}`
  }

  /** Reading from an earlier end tells some changes again, and misses none. */
  async function shortTextOf(place: Place): Promise<string> {
    const text = await textOf(place)
    if (text.length <= MAX_LENGTH) return text
    const [end = place.end] = place.open.toSorted((one, other) => Number(one - other))
    return textOf({ ...place, end, open: [] })
  }

  /** Returns the place that a text names, or undefined if it is not in this history. */
  async function placeAt(text: string): Promise<Place | undefined> {
    const groups = text.length > MAX_LENGTH ? undefined : PLACE.exec(text)?.groups
    if (groups === undefined) return undefined
    const [change, event] = await seenAt(executor, Number(groups.change), Number(groups.event))
    const end = BigInt(groups.end as string)
    const distances = String(groups.open).split('-').slice(1)
    const open = distances.map((distance) => end - BigInt(Number.parseInt(distance, 36)))
    const place: Place = { change, event, end, open }
    return (await textOf(place)) === text ? place : undefined
  }

  return async (text) => {
    const place = text === null ? null : await placeAt(text)
    const { rows, place: next } = await readAfter(executor, place ?? null)
    const changes = rows === 'everything' ? rows : rows.map(({ change }) => change)
    return {
      changes: place === undefined ? 'everything' : changes,
      place: await shortTextOf(next),
      hasMore: false,
    }
  }
}
