/**
 * Hashing in a process of its own. A hash keeps a core busy for 20 ms, and its threads compete with the thread that
 * answers requests. A process with a lower priority takes what is left. Where nothing is left, it gets a share after a
 * quarter of a second: a busy machine must not keep people from signing in.
 * docs/performance.md has the measurements.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { AuthError } from '../errors.ts'
import { moduleFile } from '../module-file.ts'
import { createStarvation, type Priority, priorityOf, toIdleClass } from './process-priority.ts'

export interface Argon2Parameters {
  readonly memoryKib: number
  readonly passes: number
  readonly lanes: number
}

export type HashJob =
  | {
      readonly id: number
      readonly kind: 'hash'
      readonly password: string
      readonly parameters: Argon2Parameters
    }
  | { readonly id: number; readonly kind: 'verify'; readonly password: string; readonly hash: string }

export interface HashResult {
  readonly id: number
  readonly value?: string | boolean
  readonly error?: string
}

/** Hashes that make progress at once: one for each core that the service may use. */
export const MAX_HASHES_AT_ONCE = availableParallelism()

export interface HashWorker {
  /** A PHC string. Rejects with SERVER_BUSY if the process dies before it answers. */
  hash(password: string, parameters: Argon2Parameters): Promise<string>
  /** Whether the password is the one behind the PHC string. Rejects as `hash` does. */
  verify(phc: string, password: string): Promise<boolean>
  /** Ends the process. The next hash starts another one. */
  close(): void
}

export interface HashWorkerOptions {
  /** Called when the process has its priority, and again when that changes. */
  readonly onPriority?: (priority: Priority) => void
}

const RETRY_AFTER_SECONDS = 1
const LOOK_EVERY_MS = 250
const CROWDED_FOR_MS = 5 * 60_000
const PROGRAM = moduleFile(import.meta, 'hash-process')

interface Waiting {
  readonly job: HashJob
  resolve(value: string | boolean): void
  reject(error: Error): void
}

interface HashProcess {
  readonly child: ChildProcess
  readonly waiting: Map<number, Waiting>
  /** Asked while there is work to do, once the process is in the idle class. */
  isStarved?: () => boolean
}

type Job = HashJob extends infer Each ? (Each extends HashJob ? Omit<Each, 'id'> : never) : never

/** The process is started by the first hash. It keeps the service from ending only while it works. */
export function createHashWorker({ onPriority = () => {} }: HashWorkerOptions = {}): HashWorker {
  let running: HashProcess | undefined
  let lastId = 0
  let reported: Priority | undefined
  /** Until when others keep every core busy: a process that is started before does not join the idle class. */
  let crowdedUntil = Number.NEGATIVE_INFINITY
  let isWatched = false
  /** The job that had waited longest at the last look. */
  let lastSeen: number | undefined

  function start(): HashProcess {
    const child = fork(PROGRAM, { env: { ...process.env, UV_THREADPOOL_SIZE: String(MAX_HASHES_AT_ONCE) } })
    const started: HashProcess = { child, waiting: new Map() }
    const { waiting } = started

    child.on('message', (result: HashResult) => {
      settle(waiting, result)
      // A service that has nothing else to do may end while this process idles.
      if (waiting.size === 0) rest(child)
    })
    const giveUp = () => {
      if (running === started) running = undefined
      for (const { reject } of waiting.values()) {
        reject(new AuthError('SERVER_BUSY', { retryAfterSeconds: RETRY_AFTER_SECONDS }))
      }
    }
    child.on('disconnect', giveUp)
    // It could not be started, or was sent a job as it died: without a listener this would end the service.
    child.on('error', giveUp)
    // It has started by then. In the idle class that could take for ever.
    child.once('message', () => {
      const crowdedMs = Math.max(0, crowdedUntil - performance.now())
      if (crowdedMs > 0) report(priorityOf(child.pid as number))
      const timer = setTimeout(giveWay, crowdedMs, started).unref()
      child.once('disconnect', () => clearTimeout(timer))
    })
    return started
  }

  function giveWay(started: HashProcess): void {
    const pid = started.child.pid as number
    toIdleClass(pid, (isIdle) => {
      if (isIdle) started.isStarved = createStarvation(pid)
      report(isIdle ? 'idle' : priorityOf(pid))
    })
  }

  function report(priority: Priority): void {
    if (priority !== reported) onPriority(priority)
    reported = priority
  }

  /** Looks, while there is work, whether the process in the idle class gets any CPU time. */
  function watch(): void {
    if (isWatched) return
    isWatched = true
    setTimeout(look, LOOK_EVERY_MS).unref()
  }

  function look(): void {
    isWatched = false
    if (running === undefined) return
    const [longest] = running.waiting.keys()
    // Asked each time: it tells of the time since it was asked.
    const isStarved = running.isStarved?.()
    const hadWork = longest !== undefined && longest === lastSeen
    lastSeen = longest
    if (isStarved && hadWork) takeOver(running)
    if (longest !== undefined) watch()
  }

  /** A new process, which does not join the idle class for some minutes, takes the work over. */
  function takeOver(starved: HashProcess): void {
    crowdedUntil = performance.now() + CROWDED_FOR_MS
    running = start()
    const { child, waiting } = running
    for (const [id, each] of starved.waiting) {
      waiting.set(id, each)
      child.send(each.job)
    }
    starved.waiting.clear()
    rest(starved.child)
    starved.child.kill('SIGKILL')
  }

  function submit(work: Job): Promise<string | boolean> {
    running ??= start()
    const { child, waiting } = running
    lastId += 1
    const job: HashJob = { ...work, id: lastId }
    child.ref()
    child.channel?.ref()
    watch()
    return new Promise((resolve, reject) => {
      waiting.set(job.id, { job, resolve, reject })
      child.send(job)
    })
  }

  return {
    hash: (password, parameters) => submit({ kind: 'hash', password, parameters }) as Promise<string>,
    verify: (phc, password) => submit({ kind: 'verify', hash: phc, password }) as Promise<boolean>,
    close() {
      running?.child.disconnect()
    },
  }
}

function settle(waiting: Map<number, Waiting>, { id, value, error }: HashResult): void {
  const answered = waiting.get(id)
  // Another process has taken over.
  if (answered === undefined) return
  waiting.delete(id)
  if (error === undefined) answered.resolve(value as string | boolean)
  else answered.reject(new Error(error))
}

function rest(child: ChildProcess): void {
  child.unref()
  child.channel?.unref()
}
