/**
 * The process that computes password hashes. hash-worker.ts starts it and sends it jobs. It ends
 * when the service ends.
 */
import * as argon2 from 'argon2'
import type { HashJob, HashResult } from './hash-worker.ts'
import { lowerPriority } from './process-priority.ts'

// The hashing threads start later and inherit the priority.
lowerPriority()

process.on('message', (job: HashJob) => {
  work(job).then(
    (value) => answer({ id: job.id, value }),
    (error: Error) => answer({ id: job.id, error: error.message }),
  )
})

process.on('disconnect', () => process.exit())

// Ctrl-C reaches every process of the terminal. The service ends first, after its last hashes.
process.on('SIGINT', () => {})

function work(job: HashJob): Promise<string | boolean> {
  if (job.kind === 'verify') return argon2.verify(job.hash, job.password)
  const { memoryKib: memoryCost, passes: timeCost, lanes: parallelism } = job.parameters
  return argon2.hash(job.password, { type: argon2.argon2id, memoryCost, timeCost, parallelism })
}

function answer(result: HashResult): void {
  // The service may have ended meanwhile.
  if (process.connected) process.send?.(result)
}
