/**
 * Keeps a number of worker processes running.
 *
 * A worker that ends is replaced. If workers end as soon as they start, the pauses grow. If none of
 * them can start, the supervisor gives up.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createMember, type Ending, type Member, type WorkerProcess } from './member.ts'
import type { FromPrimary, FromWorker } from './messages.ts'

export interface SupervisorOptions {
  readonly size: number
  fork(isFirst: boolean): WorkerProcess
  /** Called with the messages that the supervisor does not handle itself. */
  onMessage(message: FromWorker, answer: (message: FromPrimary) => void): void
  /** Milliseconds of a clock that never goes back. By default, that of the process. */
  readonly now?: () => number
  readonly log: {
    info(details: object, message: string): void
    error(details: object, message: string): void
  }
}

export interface Supervisor {
  /** Starts the workers. Rejects with the reason if they cannot start. */
  start(): Promise<void>
  /** Replaces the workers one after the other. A new one listens before an old one ends. */
  roll(): Promise<void>
  /** Lets all workers finish their requests and end. */
  stop(): Promise<void>
  /** Ends all workers at once. */
  kill(): void
  send(message: FromPrimary): void
  /** The workers that can answer a message. */
  connected(): readonly Member[]
  /** Rejects when no worker can run any more. Never resolves. */
  readonly failed: Promise<never>
}

const FIRST_PAUSE_MS = 100
const MAX_PAUSE_MS = 10_000
const MAX_FAILED_STARTS = 5

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { size, fork, onMessage, log, now = () => performance.now() } = options
  const members = new Set<Member>()
  const failed = Promise.withResolvers<never>()
  // Only a supervisor that has started is waited for.
  failed.promise.catch(() => {})
  const stopping = new AbortController()
  const isStopping = () => stopping.signal.aborted
  /** Workers in a row that ended as soon as they had started. */
  let failures = 0
  let rolling: Promise<void> | undefined

  function launch(isFirst = false): Member {
    const member = createMember(fork(isFirst), onMessage, now)
    members.add(member)
    member.exit.then(() => members.delete(member))
    return member
  }

  /** Replaces the worker if it ends by itself. */
  function keep(member: Member): void {
    member.exit.then(async (ending) => {
      if (isStopping() || member.isLeaving()) return
      report(ending)
      const isServing = [...members].some((other) => other.isReady() && !other.isLeaving())
      if (failures >= MAX_FAILED_STARTS && !isServing) return failed.reject(new Error(ending.reason))
      await pause()
      if (!isStopping()) keep(launch())
    })
  }

  function report({ pid, reason, wasAtOnce }: Ending): void {
    failures = wasAtOnce ? failures + 1 : 0
    log.error({ worker: pid, reason }, 'A worker process ended. Another one takes its place')
  }

  /** Grows with the failures. Ends early when the supervisor stops. */
  async function pause(): Promise<void> {
    if (failures === 0) return
    const ms = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), MAX_PAUSE_MS)
    await sleep(ms, undefined, { signal: stopping.signal }).catch(() => {})
  }

  /** The first worker starts alone: it creates what all need, and tells of a mistake once. */
  async function startFirst(): Promise<void> {
    while (!isStopping()) {
      const member = launch(true)
      if (await member.ready) {
        keep(member)
        return
      }
      const ending = await member.exit
      if (isStopping()) return
      if (ending.wasExplained || failures + 1 >= MAX_FAILED_STARTS) throw new Error(ending.reason)
      report(ending)
      await pause()
    }
  }

  async function replaceAll(): Promise<void> {
    for (const old of [...members]) {
      if (isStopping()) return
      if (old.isLeaving() || !members.has(old)) continue
      const next = launch()
      if (!(await next.ready)) {
        const { reason } = await next.exit
        if (!isStopping()) log.error({ reason }, 'A new worker cannot start. The old ones go on')
        return
      }
      keep(next)
      log.info({ worker: next.pid, old: old.pid }, 'A new worker takes the place of an old one')
      await old.leave('drain')
    }
  }

  return {
    failed: failed.promise,
    async start() {
      await startFirst()
      if (isStopping()) return
      const others = Array.from({ length: size - 1 }, () => launch())
      others.forEach(keep)
      await Promise.all(others.map(({ ready }) => ready))
    },
    roll() {
      rolling ??= replaceAll().finally(() => {
        rolling = undefined
      })
      return rolling
    },
    async stop() {
      stopping.abort()
      await Promise.all([...members].map((member) => member.leave('stop')))
    },
    kill() {
      stopping.abort()
      for (const member of members) member.kill()
    },
    send(message) {
      for (const member of members) member.send(message)
    },
    connected: () => [...members].filter((member) => member.isReady() && member.isConnected()),
  }
}
