/**
 * Computes password hashes in a separate process. A hash occupies a core for 20 ms, and its threads
 * compete with the thread that serves requests. A process with a lower priority uses only the CPU
 * time that is left. If none is left for a quarter of a second, a process with a higher priority
 * takes over. Sign-ins so work on a busy machine.
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

/** How many hashes run at once: one for each core that the service may use. */
export const MAX_HASHES_AT_ONCE = availableParallelism()

export interface HashWorker {
  /**
   * Hashes a password to a PHC string. Rejects with SERVER_BUSY if the process dies before it
   * answers.
   */
  hash(password: string, parameters: Argon2Parameters): Promise<string>
  /** Whether the password matches the PHC string. Rejects as `hash` does. */
  verify(phc: string, password: string): Promise<boolean>
  /** Ends the process. The next hash starts another one. */
  close(): void
}

export interface HashWorkerOptions {
  /** Called with the priority of the process, and again when it changes. */
  readonly onPriority?: (priority: Priority) => void
}

const RETRY_AFTER_SECONDS = 1
const CHECK_EVERY_MS = 250
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
  /** Called while there is work to do. Set when the process is in the idle class. */
  isStarved?: () => boolean
}

type Job = HashJob extends infer Each ? (Each extends HashJob ? Omit<Each, 'id'> : never) : never

/**
 * Creates the hash worker. The first hash starts the process. The process keeps the service running
 * only while it works.
 */
export function createHashWorker({ onPriority = () => {} }: HashWorkerOptions = {}): HashWorker {
  let running: HashProcess | undefined
  let lastId = 0
  let reported: Priority | undefined
  /**
   * Time of `performance.now()` until which the machine counts as busy. A process that starts
   * before then does not enter the idle class.
   */
  let crowdedUntil = Number.NEGATIVE_INFINITY
  let isWatched = false
  /** The job that had waited longest at the last check. */
  let lastSeen: number | undefined

  function start(): HashProcess {
    const child = fork(PROGRAM, { env: { ...process.env, UV_THREADPOOL_SIZE: String(MAX_HASHES_AT_ONCE) } })
    const started: HashProcess = { child, waiting: new Map() }
    const { waiting } = started

    child.on('message', (result: HashResult) => {
      settle(waiting, result)
      // An idle hash process must not keep the service from ending.
      if (waiting.size === 0) rest(child)
    })
    const giveUp = () => {
      if (running === started) running = undefined
      for (const { reject } of waiting.values()) {
        reject(new AuthError('SERVER_BUSY', { retryAfterSeconds: RETRY_AFTER_SECONDS }))
      }
    }
    child.on('disconnect', giveUp)
    // The process did not start, or died before a job reached it. Without a listener, the error
    // would end the service.
    child.on('error', giveUp)
    // The process has started by then. In the idle class, the start could take for ever.
    child.once('message', () => {
      const crowdedMs = Math.max(0, crowdedUntil - performance.now())
      if (crowdedMs > 0) report(priorityOf(child.pid as number))
      const timer = setTimeout(enterIdleClass, crowdedMs, started).unref()
      child.once('disconnect', () => clearTimeout(timer))
    })
    return started
  }

  function enterIdleClass(started: HashProcess): void {
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

  /** While there is work, checks whether the process in the idle class gets CPU time. */
  function watch(): void {
    if (isWatched) return
    isWatched = true
    setTimeout(checkProgress, CHECK_EVERY_MS).unref()
  }

  function checkProgress(): void {
    isWatched = false
    if (running === undefined) return
    const [longest] = running.waiting.keys()
    // Called at every check, because it measures the time since its last call.
    const isStarved = running.isStarved?.()
    const hadWork = longest !== undefined && longest === lastSeen
    lastSeen = longest
    if (isStarved && hadWork) takeOver(running)
    if (longest !== undefined) watch()
  }

  /**
   * Starts a new process that takes the jobs over. It does not enter the idle class for some
   * minutes.
   */
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
  // Another process has taken the job over.
  if (answered === undefined) return
  waiting.delete(id)
  if (error === undefined) answered.resolve(value as string | boolean)
  else answered.reject(new Error(error))
}

function rest(child: ChildProcess): void {
  child.unref()
  child.channel?.unref()
}
