/**
 * The thread of the upkeep: started by upkeep.ts, told what to do in messages, ended by the last of them.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import BetterSqlite from 'better-sqlite3'
import { faultOf } from './database-file.ts'
import { createSqlitePrune } from './prune.ts'
import type { UpkeepData, UpkeepJob, UpkeepOrder, UpkeepResult } from './upkeep.ts'

/** For another process's write. Nobody stands still meanwhile but this thread. */
const BUSY_TIMEOUT_MS = 5_000

/**
 * After its own commits. SQLite's 1,000 keep the disk busy for so long that others' commits have to wait: it made the p99 of
 * a refresh meanwhile 13 ms instead of 8.
 */
const PAGES_PER_CHECKPOINT = 100

const port = parentPort as MessagePort
let opened: ReturnType<typeof open> | undefined

function open() {
  const { path, file } = workerData as UpkeepData
  const fault = faultOf(path, file)
  if (fault !== undefined) throw fault
  const driver = new BetterSqlite(path, { fileMustExist: true, timeout: BUSY_TIMEOUT_MS })
  // What it deletes has run out, and may be there again after a power cut.
  driver.pragma('synchronous = NORMAL')
  driver.pragma(`wal_autocheckpoint = ${PAGES_PER_CHECKPOINT}`)
  return { driver, prune: createSqlitePrune(driver) }
}

function carryOut(job: UpkeepJob): number {
  opened ??= open()
  if (job.kind === 'prune') return opened.prune(job.limits)
  // Stands in nobody's way: it leaves what is still read, and what is committed meanwhile, for the next time.
  opened.driver.pragma('wal_checkpoint(PASSIVE)')
  return 0
}

function answered(id: number, job: UpkeepJob): UpkeepResult {
  try {
    return { id, rows: carryOut(job) }
  } catch (error) {
    const { message, code } = error as Error & { code?: string }
    return { id, rows: 0, error: { message, ...(code !== undefined && { code }) } }
  }
}

port.on('message', ({ id, job }: UpkeepOrder) => {
  if (job !== undefined) return port.postMessage(answered(id, job))
  opened?.driver.close()
  port.close()
})
