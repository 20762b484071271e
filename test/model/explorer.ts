/**
 * Explores in a thread of its own. V8 counts blocks for the coverage of the thread that runs the tests, which makes the
 * exploration four times as slow, and the model is no part of what is covered.
 */
import { once } from 'node:events'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import type { Test } from 'tap'
import { type Examination, examinations, type Subject } from './examinations.ts'
import type { Exploration } from './search.ts'

const MOST = { states: 2_000_000, milliseconds: 600_000 }

interface Question {
  readonly subject: Subject
  readonly index: number
}

if (!isMainThread) {
  parentPort?.on('message', ({ subject, index }: Question) => {
    parentPort?.postMessage(examinations[subject][index]?.find(MOST))
  })
}

/** `await explored(subject, examination)`, one after the other. */
export function openExplorer(file: Test) {
  // Without what the test runner loads into its processes.
  const worker = new Worker(new URL(import.meta.url), { execArgv: [], env: {} })
  file.teardown(() => worker.terminate())
  return async (subject: Subject, examination: Examination): Promise<Exploration> => {
    const index = (examinations[subject] as readonly Examination[]).indexOf(examination)
    worker.postMessage({ subject, index } satisfies Question)
    const [found] = await once(worker, 'message')
    return found
  }
}
