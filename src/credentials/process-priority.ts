/**
 * How a process gives way to everything else on the machine, and how one finds out that it never gets its turn.
 *
 * A low priority is not enough: Linux lets even the lowest end its turn, some milliseconds, before it wakes somebody else.
 * Its idle class gives way at once; but where others keep every core busy for good, it gets next to nothing. And who is
 * in that class cannot leave it without privileges: another process has to take over.
 */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { constants, setPriority } from 'node:os'

/** Lowers this process's own priority. Where that is all there is, it still leaves a tenth of a core that another keeps busy. */
export function lowerPriority(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // Where it may not be lowered, hashing is as urgent as everything else.
  }
}

/** Puts a process into the idle class. There is no other way to it from here than `chrt`, which not every system has. */
export const toIdleClass = (pid: number, done: () => void): void => {
  execFile('chrt', ['--all-tasks', '--idle', '--pid', '0', String(pid)], (error) => {
    if (error === null) done()
  })
}

const LEAST_SHARE = 0.25
const TICK_MS = 10

/**
 * Asked from time to time while the process has work to do.
 * @returns whether it had less than a quarter of a core since it was asked last
 */
export function createStarvation(pid: number): () => boolean {
  let [askedAt, usedMs] = [performance.now(), cpuMsOf(pid)]
  return () => {
    const [lastAt, lastUsedMs] = [askedAt, usedMs]
    askedAt = performance.now()
    usedMs = cpuMsOf(pid)
    return usedMs - lastUsedMs < (askedAt - lastAt) * LEAST_SHARE
  }
}

/**
 * CPU time of all threads: fields 14 and 15 of proc_pid_stat(5), whose second may hold spaces. Endless for a process that
 * has died, which needs no CPU time any more.
 */
function cpuMsOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
