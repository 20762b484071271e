import type { Step } from '../db/move/copying.ts'

/** A large table reports once in a while. */
const REPORT_INTERVAL_MS = 1_000

/** Returns a function that writes lines to standard error: at the end of each step, and in between. */
export function createMoveProgress(now = () => performance.now()): (step: Step) => void {
  let reportedAt = now()
  let last: string | undefined
  return ({ table, step, rows, of }) => {
    const line = `${table}: ${step} ${rows} of ${of}`
    if (of === 0 || line === last || (rows < of && now() - reportedAt < REPORT_INTERVAL_MS)) return
    reportedAt = now()
    last = line
    process.stderr.write(`tacit: ${line}\n`)
  }
}
