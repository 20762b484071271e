/**
 * Upkeep of the database file in a thread with its own connection: checkpoints and pruning. Both
 * may wait long for the disk, and requests must not. docs/performance.md has the measurements.
 */
import { Worker } from 'node:worker_threads'
import BetterSqlite from 'better-sqlite3'
import { moduleFile } from '../../module-file.ts'
import type { PruneLimits } from '../../store/store.ts'
import { type FileIdentity, identityOf } from './database-file.ts'

export type UpkeepJob =
  | { readonly kind: 'checkpoint' }
  | { readonly kind: 'prune'; readonly limits: PruneLimits }

export interface UpkeepOrder {
  readonly id: number
  /** If left out, the thread ends. */
  readonly job?: UpkeepJob
}

export interface UpkeepResult {
  readonly id: number
  /** The number of deleted rows. */
  readonly rows: number
  readonly error?: { readonly message: string; readonly code?: string }
}

export interface Upkeep {
  /** The store reports the number of changes of each commit. */
  committed(changes: number): void
  /** @returns the number of deleted rows */
  prune(limits: PruneLimits): Promise<number>
  close(): Promise<void>
}

/**
 * A change takes one to ten pages of the log. Small checkpoints keep the disk busy for less time.
 */
const CHANGES_PER_CHECKPOINT = 100
/** Each checkpoint takes processor time. */
const CHECKPOINT_INTERVAL_MS = 250
/** What the thread is started with. */
export interface UpkeepData {
  readonly path: string
  /** The file that the service has open. */
  readonly file: FileIdentity
}

const PROGRAM = moduleFile(import.meta, 'upkeep-thread')

interface Waiting {
  resolve(rows: number): void
  reject(error: Error): void
}

/** @param path the database file, which exists */
export function createUpkeep(path: string): Upkeep {
  const data: UpkeepData = { path, file: identityOf(path) }
  const waiting = new Map<number, Waiting>()
  let thread: Worker | undefined
  let lastId = 0
  let isClosed = false
  let changes = 0
  let isCheckpointing = false
  let nextCheckpoint = 0

  /** Called for the first job. */
  function start(): Worker {
    const started = new Worker(PROGRAM, { workerData: data })
    started.on('message', ({ id, rows, error }: UpkeepResult) => {
      const entry = waiting.get(id)
      waiting.delete(id)
      if (waiting.size === 0 && !isClosed) started.unref()
      if (error === undefined) entry?.resolve(rows)
      else entry?.reject(asDriverError(error))
    })
    // Without a listener, an error of the thread would end the service. 'exit' rejects the jobs.
    started.on('error', () => {})
    started.on('exit', () => {
      thread = undefined
      for (const { reject } of waiting.values()) reject(new Error('The upkeep thread has ended'))
      waiting.clear()
    })
    return started
  }

  function ask(job: UpkeepJob): Promise<number> {
    return new Promise((resolve, reject) => {
      if (isClosed) throw new TypeError('The database connection is not open')
      thread ??= start()
      lastId += 1
      thread.postMessage({ id: lastId, job } satisfies UpkeepOrder)
      waiting.set(lastId, { resolve, reject })
      thread.ref()
    })
  }

  async function checkpoint(): Promise<void> {
    isCheckpointing = true
    try {
      await ask({ kind: 'checkpoint' })
    } catch {
      // The next checkpoint makes up for it. If all fail, a commit makes one: see open.ts.
    } finally {
      isCheckpointing = false
    }
  }

  return {
    committed(more) {
      changes += more
      if (changes < CHANGES_PER_CHECKPOINT || isCheckpointing) return
      const now = performance.now()
      if (now < nextCheckpoint) return
      nextCheckpoint = now + CHECKPOINT_INTERVAL_MS
      changes = 0
      void checkpoint()
    },
    prune: (limits) => ask({ kind: 'prune', limits }),
    async close() {
      isClosed = true
      if (thread === undefined) return
      const { promise: ended, resolve } = Promise.withResolvers<number>()
      thread.once('exit', resolve)
      thread.ref()
      thread.postMessage({ id: 0 } satisfies UpkeepOrder)
      await ended
    },
  }
}

/** A message between threads does not keep the class of an error. */
const asDriverError = ({ message, code }: NonNullable<UpkeepResult['error']>): Error =>
  code === undefined ? new Error(message) : new BetterSqlite.SqliteError(message, code)
