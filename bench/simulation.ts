/**
 * A simulation of many nodes on one PostgreSQL: discrete events, and random numbers from a seed. docs/scale.md says where
 * the costs come from.
 *
 * A refresh takes turns between its node and the database: two reads, and one write that waits for the disk. A sign-out is
 * a write whose commit wakes the change reader of every node. A reader reads once at a time, at least every 100 ms.
 * Not in the model: limits of connections, locks, checkpoints, and requests that are answered from memory.
 */
import { createQueue, type Queue } from './simulation-queue.ts'
import { createTimeline, type Timeline } from './simulation-timeline.ts'

export interface Costs {
  /** Of the node's processor, for one refresh. */
  readonly refreshMs: number
  /** Of one core of the database. */
  readonly readMs: number
  readonly writeMs: number
  readonly feedReadMs: number
  /** One wait for the disk, which all commits that are waiting share. */
  readonly flushMs: number
  /** From a node to the database, one way. */
  readonly networkMs: number
}

export interface Simulated {
  readonly seed: number
  readonly nodes: number
  readonly databaseCores: number
  readonly seconds: number
  readonly refreshesPerSecond: number
  readonly signOutsPerSecond: number
  readonly costs: Costs
}

export interface Outcome {
  readonly refreshes: number
  /** Of a refresh, in milliseconds. */
  readonly p50Ms: number
  readonly p99Ms: number
  /** From the commit of a sign-out until a node knows it. */
  readonly heardP50Ms: number
  readonly heardP99Ms: number
  readonly heardMaxMs: number
  /** Of all cores, from 0 to 1. */
  readonly databaseBusy: number
  readonly nodeBusy: number
  readonly feedReadsPerSecond: number
  readonly commitsPerFlush: number
}

/** As in src/db/postgres/change-reader.ts with the default of FEED_MAX_LAG. */
const READ_EVERY_MS = 100

export function simulate(simulated: Simulated): Outcome {
  const { nodes, databaseCores, seconds, costs } = simulated
  const timeline = createTimeline(simulated.seed)
  const database = createQueue(timeline, databaseCores)
  const disk = createDisk(timeline, costs.flushMs)
  const processors = Array.from({ length: nodes }, () => createQueue(timeline, 1))
  const took: number[] = []
  const readers = processors.map(() => createReader(timeline, database, costs))
  const overNetwork = (then: () => void) => timeline.after(costs.networkMs, then)
  const read = (then: () => void) => overNetwork(() => database.work(costs.readMs, () => overNetwork(then)))
  const write = (then: (committedAt: number) => void) =>
    overNetwork(() =>
      database.work(costs.writeMs, () =>
        disk.flush(() => {
          const committedAt = timeline.now()
          overNetwork(() => then(committedAt))
        }),
      ),
    )

  function refresh(): void {
    const node = processors[timeline.below(nodes)] as Queue
    const from = timeline.now()
    const think = (then: () => void) => node.work(costs.refreshMs / 4, then)
    think(() =>
      read(() =>
        think(() => write(() => think(() => read(() => think(() => took.push(timeline.now() - from)))))),
      ),
    )
  }

  function signOut(): void {
    write((committedAt) => {
      for (const reader of readers) reader.wake(committedAt)
    })
  }

  const endMs = seconds * 1_000
  timeline.arrivals(simulated.refreshesPerSecond, endMs, refresh)
  timeline.arrivals(simulated.signOutsPerSecond, endMs, signOut)
  for (const reader of readers) reader.start(timeline.below(READ_EVERY_MS), endMs)
  timeline.run()

  const heard = readers.flatMap((reader) => reader.delays)
  const busy = (queues: readonly Queue[], cores: number) =>
    queues.reduce((sum, queue) => sum + queue.busyMs(), 0) / (timeline.now() * cores)
  return {
    refreshes: took.length,
    p50Ms: share(took, 0.5),
    p99Ms: share(took, 0.99),
    heardP50Ms: share(heard, 0.5),
    heardP99Ms: share(heard, 0.99),
    heardMaxMs: share(heard, 1),
    databaseBusy: busy([database], databaseCores),
    nodeBusy: busy(processors, nodes),
    feedReadsPerSecond: readers.reduce((sum, reader) => sum + reader.count(), 0) / seconds,
    commitsPerFlush: disk.commitsPerFlush(),
  }
}

function createDisk(timeline: Timeline, flushMs: number) {
  let waiting: (() => void)[] = []
  let isBusy = false
  let flushes = 0
  let commits = 0
  function begin(): void {
    const group = waiting
    waiting = []
    isBusy = group.length > 0
    if (!isBusy) return
    flushes += 1
    commits += group.length
    timeline.after(flushMs, () => {
      for (const then of group) then()
      begin()
    })
  }
  return {
    flush(then: () => void) {
      waiting.push(then)
      if (!isBusy) begin()
    },
    commitsPerFlush: () => commits / flushes,
  }
}

function createReader(timeline: Timeline, database: Queue, { feedReadMs, networkMs }: Costs) {
  const delays: number[] = []
  let unheard: number[] = []
  let isReading = false
  let isWoken = false
  let count = 0
  let endMs = 0
  let due = 0

  function read(): void {
    if (isReading) {
      isWoken = true
      return
    }
    isReading = true
    isWoken = false
    count += 1
    timeline.after(networkMs, () => {
      const told = unheard
      unheard = []
      database.work(feedReadMs, () => timeline.after(networkMs, () => done(told)))
    })
  }

  function done(told: readonly number[]): void {
    for (const committedAt of told) delays.push(timeline.now() - committedAt)
    isReading = false
    if (isWoken) {
      read()
      return
    }
    const mine = ++due
    timeline.after(READ_EVERY_MS, () => {
      if (mine === due && timeline.now() < endMs) read()
    })
  }

  return {
    delays: delays as readonly number[],
    count: () => count,
    start(afterMs: number, until: number) {
      endMs = until
      timeline.after(afterMs, read)
    },
    /** The notification comes over the network. */
    wake(committedAt: number) {
      unheard.push(committedAt)
      read()
    },
  }
}

function share(values: readonly number[], of: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(of * sorted.length))] ?? Number.NaN
}
