/**
 * The process that hashes: started by hashing.ts, told what to do in messages, ended when the service ends.
 */
import * as argon2 from 'argon2'
import type { HashJob, HashResult } from './hashing.ts'
import { lowerPriority } from './process-priority.ts'

// Before there are threads that hash, which then have it too; and once it has started, which on a busy machine should not take long.
lowerPriority()

process.on('message', (job: HashJob) => {
  work(job).then(
    (value) => answer({ id: job.id, value }),
    (error: Error) => answer({ id: job.id, error: error.message }),
  )
})

process.on('disconnect', () => process.exit())

// Ctrl-C reaches everything on the terminal. The service ends first, and its last hashes with it.
process.on('SIGINT', () => {})

function work(job: HashJob): Promise<string | boolean> {
  if (job.kind === 'verify') return argon2.verify(job.hash, job.password)
  const { memoryKib: memoryCost, passes: timeCost, lanes: parallelism } = job.parameters
  return argon2.hash(job.password, { type: argon2.argon2id, memoryCost, timeCost, parallelism })
}

function answer(result: HashResult): void {
  // The service may be gone by now, and nobody waits for the answer.
  if (process.connected) process.send?.(result)
}
