import type { Told } from './told.ts'

/** A request and what became of it. Times are milliseconds since the Unix epoch. */
export interface Exchange {
  readonly id: string
  readonly request: string
  readonly startedAt: number
  /** Undefined while it is under way. */
  readonly endedAt?: number
  /** HTTP status; undefined where no answer arrived. */
  readonly status?: number
  readonly told?: Told
  /** Made by another tab. */
  readonly elsewhere?: boolean
}

/** The life of one access token. Times are milliseconds since the Unix epoch. */
export interface Life {
  readonly generation: number
  readonly from: number
  /** When it runs out, or has been used up or replaced. */
  readonly until: number
  readonly lifeMs: number
}

export interface Timeline {
  /** The latest last. */
  readonly exchanges: readonly Exchange[]
  readonly lives: readonly Life[]
}

export const EMPTY: Timeline = { exchanges: [], lives: [] }

const MOST_EXCHANGES = 120
const MOST_LIVES = 40

/** The timeline after one more thing has happened. */
export function record(timeline: Timeline, exchange: Exchange): Timeline {
  const others = timeline.exchanges.filter(({ id }) => id !== exchange.id)
  const exchanges = [...others, exchange].sort((a, b) => a.startedAt - b.startedAt).slice(-MOST_EXCHANGES)
  return { exchanges, lives: livesAfter(timeline.lives, exchange).slice(-MOST_LIVES) }
}

function livesAfter(lives: readonly Life[], { told, endedAt, status, request }: Exchange): readonly Life[] {
  if (endedAt === undefined) return lives
  const last = lives.at(-1)
  const before = lives.slice(0, -1)
  const cut = last && { ...last, until: Math.min(last.until, endedAt) }
  if (cut && status === 401) return [...before, cut]
  if (cut && request === USE_UP && status === 204) return [...before, cut]
  if (told === undefined || (last && told.generation < last.generation)) return lives

  const until = endedAt + told.leftMs
  const life = { generation: told.generation, from: endedAt, until, lifeMs: told.lifeMs }
  if (last === undefined) return [life]
  if (told.what === 'known') return lives
  // Many requests are handed the same token again: one life, which the last of them may prolong by a second.
  if (told.generation === last.generation && endedAt < last.until) return [...before, { ...last, until }]
  return [...before, cut as Life, life]
}

/** The request that takes the access token away, as time would. */
export const USE_UP = 'POST /demo/use-up'

/** Puts bars that overlap below each other. @returns the lane of each exchange, from 0 */
export function lanesOf(exchanges: readonly Exchange[], now: number, leastMs: number): readonly number[] {
  const free: number[] = []
  return exchanges.map(({ startedAt, endedAt = now }) => {
    const found = free.findIndex((at) => at <= startedAt)
    const lane = found === -1 ? free.length : found
    free[lane] = Math.max(endedAt, startedAt + leastMs)
    return lane
  })
}
