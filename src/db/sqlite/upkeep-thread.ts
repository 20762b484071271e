/**
 * The upkeep thread. upkeep.ts starts it and sends jobs as messages. An order without a job ends
 * it.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import BetterSqlite from 'better-sqlite3'
import { faultOf } from './database-file.ts'
import { createSqlitePrune } from './prune.ts'
import type { UpkeepData, UpkeepJob, UpkeepOrder, UpkeepResult } from './upkeep.ts'

/** For another process's lock. Only this thread waits. */
const BUSY_TIMEOUT_MS = 5_000

/**
 * After commits of this thread. With SQLite's default of 1,000 pages the disk was busy for so long
 * that the p99 of a refresh was 13 ms instead of 8.
 */
const PAGES_PER_CHECKPOINT = 100

const port = parentPort as MessagePort
let opened: ReturnType<typeof open> | undefined

function open() {
  const { path, file } = workerData as UpkeepData
  const fault = faultOf(path, file)
  if (fault !== undefined) throw fault
  const driver = new BetterSqlite(path, { fileMustExist: true, timeout: BUSY_TIMEOUT_MS })
  // Expired rows may be there again after a power cut: the next pruning deletes them.
  driver.pragma('synchronous = NORMAL')
  driver.pragma(`wal_autocheckpoint = ${PAGES_PER_CHECKPOINT}`)
  return { driver, prune: createSqlitePrune(driver) }
}

function run(job: UpkeepJob): number {
  opened ??= open()
  if (job.kind === 'prune') return opened.prune(job.limits)
  // PASSIVE waits for no reader or writer. The next checkpoint copies the pages that are left.
  opened.driver.pragma('wal_checkpoint(PASSIVE)')
  return 0
}

function resultOf(id: number, job: UpkeepJob): UpkeepResult {
  try {
    return { id, rows: run(job) }
  } catch (error) {
    const { message, code } = error as Error & { code?: string }
    return { id, rows: 0, error: { message, ...(code !== undefined && { code }) } }
  }
}

port.on('message', ({ id, job }: UpkeepOrder) => {
  if (job !== undefined) return port.postMessage(resultOf(id, job))
  opened?.driver.close()
  port.close()
})
