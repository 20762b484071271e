/**
 * The priority of the hashing process, and the CPU time that it gets.
 *
 * A low priority is not enough: under Linux, a running process finishes its time slice of some
 * milliseconds before another one runs. A process in the idle class is interrupted at once. If
 * other processes occupy every core, it gets almost no CPU time. Without privileges, a process
 * cannot leave that class, so another process must take over.
 */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { constants, getPriority, setPriority } from 'node:os'

/** `idle`: the idle class of Linux. `low`: a nice value above 0. */
export type Priority = 'idle' | 'low' | 'normal'

/** Lowers the priority of this process, if the system allows it. */
export function lowerPriority(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // The log line with the result of `priorityOf` tells the operator.
  }
}

/**
 * The priority that a process has outside the idle class. A process that has died counts as normal.
 */
export function priorityOf(pid: number): Priority {
  try {
    return getPriority(pid) > constants.priority.PRIORITY_NORMAL ? 'low' : 'normal'
  } catch {
    return 'normal'
  }
}

/**
 * Puts a process into the idle class by `chrt`, which not every system has. Node.js has no call for
 * it.
 */
export const toIdleClass = (pid: number, done: (isIdle: boolean) => void): void => {
  execFile('chrt', ['--all-tasks', '--idle', '--pid', '0', String(pid)], (error) => done(error === null))
}

const MIN_CPU_SHARE = 0.25
const TICK_MS = 10

/**
 * Measures how much CPU time a process gets. Call the result at intervals while the process has
 * work.
 * @returns whether the process had less than a quarter of a core since the last call
 */
export function createStarvation(pid: number): () => boolean {
  let [measuredAt, usedMs] = [performance.now(), cpuMsOf(pid)]
  return () => {
    const [lastAt, lastUsedMs] = [measuredAt, usedMs]
    measuredAt = performance.now()
    usedMs = cpuMsOf(pid)
    return usedMs - lastUsedMs < (measuredAt - lastAt) * MIN_CPU_SHARE
  }
}

/**
 * CPU time of all threads, in milliseconds: fields 14 and 15 of proc_pid_stat(5). The second field
 * may contain spaces. Infinite for a process that has died, which needs no CPU time.
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
