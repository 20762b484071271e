/** What happens when, in the simulation. Its random numbers depend on the seed alone. */
export interface Timeline {
  /** In milliseconds since the beginning. */
  now(): number
  after(ms: number, what: () => void): void
  /** Lets so many happen a second, at moments that do not depend on each other. */
  arrivals(perSecond: number, endMs: number, what: () => void): void
  /** A time with this mean. */
  about(meanMs: number): number
  /** A whole number from 0. */
  below(limit: number): number
  /** Runs until nothing is left to happen. */
  run(): void
}

interface Moment {
  readonly at: number
  /** Moments at the same time happen in the order in which they were planned. */
  readonly order: number
  readonly what: () => void
}

export function createTimeline(seed: number): Timeline {
  const random = randomOf(seed)
  const heap: Moment[] = []
  let now = 0
  let order = 0

  const about = (mean: number): number => -mean * Math.log(1 - random())
  const after = (ms: number, what: () => void): void => push(heap, { at: now + ms, order: order++, what })

  return {
    now: () => now,
    after,
    about,
    below: (limit) => Math.floor(random() * limit),
    arrivals(perSecond, endMs, what) {
      if (perSecond === 0) return
      const next = () =>
        after(about(1_000 / perSecond), () => {
          if (now >= endMs) return
          what()
          next()
        })
      next()
    },
    run() {
      for (let moment = pop(heap); moment !== undefined; moment = pop(heap)) {
        now = moment.at
        moment.what()
      }
    },
  }
}

/** mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const isBefore = (one: Moment, other: Moment): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order)

/** A binary heap, the earliest first. */
function push(heap: Moment[], moment: Moment): void {
  let place = heap.push(moment) - 1
  while (place > 0) {
    const parent = (place - 1) >> 1
    if (!isBefore(moment, heap[parent] as Moment)) break
    heap[place] = heap[parent] as Moment
    place = parent
  }
  heap[place] = moment
}

function pop(heap: Moment[]): Moment | undefined {
  const first = heap[0]
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return first
  let place = 0
  for (;;) {
    let child = 2 * place + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && isBefore(heap[child + 1] as Moment, heap[child] as Moment)) child += 1
    if (!isBefore(heap[child] as Moment, last)) break
    heap[place] = heap[child] as Moment
    place = child
  }
  heap[place] = last
  return first
}
