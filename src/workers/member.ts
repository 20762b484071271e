/** One worker process, as its supervisor sees it. */
import { type FromPrimary, type FromWorker, STOP_GRACE_MS } from './messages.ts'

/** The part of a worker of node:cluster that is needed. */
export interface WorkerProcess {
  readonly process: { readonly pid?: number | undefined; kill(signal: NodeJS.Signals): boolean }
  isConnected(): boolean
  send(message: FromPrimary, done: (error: Error | null) => void): unknown
  on(event: 'message', listener: (message: FromWorker) => void): unknown
  once(event: 'error', listener: (error: Error) => void): unknown
  once(event: 'exit', listener: (status: number | null, signal: string | null) => void): unknown
}

/** How a worker ended. */
export interface Ending {
  readonly pid: number | undefined
  /** A sentence for the operator. */
  readonly reason: string
  /** Whether the worker itself said why it cannot start. */
  readonly wasExplained: boolean
  /** Whether it ended as soon as it had started. */
  readonly wasAtOnce: boolean
}

export interface Member {
  readonly pid: number | undefined
  /** Resolves with whether the worker listens, or has ended before it listened. */
  readonly ready: Promise<boolean>
  readonly exit: Promise<Ending>
  isReady(): boolean
  /** Whether the worker was told to end. */
  isLeaving(): boolean
  isConnected(): boolean
  send(message: FromPrimary): void
  /** Tells the worker to end, and waits until it has ended. */
  leave(how: 'stop' | 'drain'): Promise<void>
  kill(): void
}

/** A worker that lives for a shorter time counts as one that cannot run. */
const MIN_LIFE_MS = 5_000
/** A worker that is told to end does so itself before that. */
const MAX_LEAVING_MS = 2 * STOP_GRACE_MS

/** @param onMessage gets the messages that are not about the worker itself */
export function createMember(
  worker: WorkerProcess,
  onMessage: (message: FromWorker, answer: (message: FromPrimary) => void) => void,
  now: () => number,
): Member {
  const startedAt = now()
  const ready = Promise.withResolvers<boolean>()
  const exit = Promise.withResolvers<Ending>()
  const { pid } = worker.process
  let isReady = false
  let isLeaving = false
  let explanation: string | undefined

  const send = (message: FromPrimary) => {
    // A worker may end at any time. Its exit is reported.
    if (worker.isConnected()) worker.send(message, () => {})
  }
  const kill = () => void worker.process.kill('SIGKILL')

  worker.on('message', (message) => {
    if (message.tacit === 'ready') {
      isReady = true
      ready.resolve(true)
    } else if (message.tacit === 'failed') explanation = message.sentence
    else onMessage(message, send)
  })
  function end(how: string): void {
    const when = isReady ? '' : ' before it listened'
    ready.resolve(false)
    exit.resolve({
      pid,
      reason: explanation ?? `A worker process ended ${how}${when}`,
      wasExplained: explanation !== undefined,
      wasAtOnce: !isReady || now() - startedAt < MIN_LIFE_MS,
    })
  }
  worker.once('exit', (status, signal) => {
    end(signal === null ? `with status ${status}` : `by the signal ${signal}`)
  })
  // The system has no room for another process.
  worker.once('error', ({ message }) => end(`(${message})`))

  return {
    pid,
    ready: ready.promise,
    exit: exit.promise,
    isReady: () => isReady,
    isLeaving: () => isLeaving,
    isConnected: () => worker.isConnected(),
    send,
    kill,
    async leave(how) {
      isLeaving = true
      send({ tacit: how })
      const timer = setTimeout(kill, MAX_LEAVING_MS)
      await exit.promise
      clearTimeout(timer)
    },
  }
}
