/**
 * Hashing beside the service instead of in it. A hash keeps a core busy for 20 ms, and its threads compete with the one
 * that answers requests; in a process of lower priority they are to take what is left.
 * docs/performance.md says what of this has been measured.
 */
import { type ChildProcess, execFile, fork } from 'node:child_process'
import { availableParallelism, constants, setPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { AuthError } from '../errors.ts'

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
  resolve(value: string | boolean): void
  reject(error: Error): void
}

/** One for the whole process, started by the first hash: nobody needs two. */
let running: { readonly child: ChildProcess; readonly waiting: Map<number, Waiting> } | undefined
let lastId = 0

function start(): NonNullable<typeof running> {
  const child = fork(PROGRAM, { env: { ...process.env, UV_THREADPOOL_SIZE: String(hashesAtOnce) } })
  const waiting = new Map<number, Waiting>()
  const started = { child, waiting }
  lowerPriority(child)

  child.on('message', ({ id, value, error }: HashResult) => {
    const { resolve, reject } = waiting.get(id) as Waiting
    waiting.delete(id)
    // A service that has nothing else to do may end while this process idles.
    if (waiting.size === 0) rest(child)
    if (error === undefined) resolve(value as string | boolean)
    else reject(new Error(error))
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
  return started
}

function lowerPriority({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW)
  } catch {
    // Where it may not be lowered, hashing is as urgent as everything else.
  }
  // Linux lets even the lowest priority end its turn, some milliseconds, before it wakes somebody else; the idle class gives
  // way at once. There is no other way to it from here. Where there is no chrt, a low priority has to do.
  execFile('chrt', ['--all-tasks', '--idle', '--pid', '0', String(pid)], () => {})
}

function rest(child: ChildProcess): void {
  child.unref()
  child.channel?.unref()
}

type Job = HashJob extends infer Each ? (Each extends HashJob ? Omit<Each, 'id'> : never) : never

function submit(job: Job): Promise<string | boolean> {
  running ??= start()
  const { child, waiting } = running
  lastId += 1
  const id = lastId
  child.ref()
  child.channel?.ref()
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject })
    child.send({ ...job, id })
  })
}

/** A PHC string. */
export const hash = (password: string, parameters: Argon2Parameters): Promise<string> =>
  submit({ kind: 'hash', password, parameters }) as Promise<string>

/** Whether the password is the one behind the PHC string. */
export const verify = (phc: string, password: string): Promise<boolean> =>
  submit({ kind: 'verify', hash: phc, password }) as Promise<boolean>
