/**
 * Hashing beside the service instead of in it. A hash keeps a core busy for 20 ms, and its threads compete with the one
 * that answers requests; in a process that gives way they take what is left. Where nothing is left, they get a share all
 * the same, a quarter of a second later: a busy machine must not keep people out.
 * docs/performance.md says what of this has been measured.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { AuthError } from '../errors.ts'
import { createStarvation, toIdleClass } from './process-priority.ts'

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

/** So many hashes make progress at once: one for each core that the service may use. */
export const hashesAtOnce = availableParallelism()

const RETRY_AFTER_SECONDS = 1
const PROGRAM = fileURLToPath(new URL(`./hashing-process${import.meta.filename.slice(-3)}`, import.meta.url))

interface Waiting {
  readonly job: HashJob
  resolve(value: string | boolean): void
  reject(error: Error): void
}

interface Hasher {
  readonly child: ChildProcess
  readonly waiting: Map<number, Waiting>
  /** Asked while there is work to do, once it gives way. */
  isStarved?: () => boolean
}

/** One for the whole process, started by the first hash: nobody needs two. */
let running: Hasher | undefined
let lastId = 0
let crowdedUntil = Number.NEGATIVE_INFINITY

function start(): Hasher {
  const child = fork(PROGRAM, { env: { ...process.env, UV_THREADPOOL_SIZE: String(hashesAtOnce) } })
  const hasher: Hasher = { child, waiting: new Map() }
  const { waiting } = hasher

  child.on('message', ({ id, value, error }: HashResult) => {
    const answered = waiting.get(id)
    // Another process has taken over.
    if (answered === undefined) return
    waiting.delete(id)
    // A service that has nothing else to do may end while this process idles.
    if (waiting.size === 0) rest(child)
    if (error === undefined) answered.resolve(value as string | boolean)
    else answered.reject(new Error(error))
  })
  const giveUp = () => {
    if (running === hasher) running = undefined
    for (const { reject } of waiting.values()) {
      reject(new AuthError('SERVER_BUSY', { retryAfterSeconds: RETRY_AFTER_SECONDS }))
    }
  }
  child.on('disconnect', giveUp)
  // It could not be started, or was sent a job as it died: without a listener this would end the service.
  child.on('error', giveUp)
  // It has started by then, which in the idle class could take for ever.
  child.once('message', () => {
    const crowdedMs = Math.max(0, crowdedUntil - performance.now())
    const timer = setTimeout(giveWay, crowdedMs, hasher).unref()
    child.once('disconnect', () => clearTimeout(timer))
  })
  return hasher
}

function giveWay(hasher: Hasher): void {
  const pid = hasher.child.pid as number
  toIdleClass(pid, () => {
    hasher.isStarved = createStarvation(pid)
  })
}

function rest(child: ChildProcess): void {
  child.unref()
  child.channel?.unref()
}

const LOOK_EVERY_MS = 250
const CROWDED_FOR_MS = 5 * 60_000
let isWatched = false
/** The longest waiting of those who waited at the last look. */
let lastSeen: number | undefined

/** Looks, as long as anybody waits, whether the process that gives way is ever let through. */
function watch(): void {
  if (isWatched) return
  isWatched = true
  setTimeout(look, LOOK_EVERY_MS).unref()
}

function look(): void {
  isWatched = false
  if (running === undefined) return
  const [longest] = running.waiting.keys()
  // Asked each time, for it tells of the time since it was asked.
  const isStarved = running.isStarved?.()
  const hadWork = longest !== undefined && longest === lastSeen
  lastSeen = longest
  if (isStarved && hadWork) takeOver(running)
  if (longest !== undefined) watch()
}

/** A new process, which for the next minutes does not give way, does what the other one should have. */
function takeOver(starved: Hasher): void {
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

type Job = HashJob extends infer Each ? (Each extends HashJob ? Omit<Each, 'id'> : never) : never

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

/** A PHC string. */
export const hash = (password: string, parameters: Argon2Parameters): Promise<string> =>
  submit({ kind: 'hash', password, parameters }) as Promise<string>

/** Whether the password is the one behind the PHC string. */
export const verify = (phc: string, password: string): Promise<boolean> =>
  submit({ kind: 'verify', hash: phc, password }) as Promise<boolean>
