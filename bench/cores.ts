/**
 * Which core does what: the servers have one, the load generator, which is this process, has another. Where the machine
 * does not let us choose, all share.
 */
import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

const SERVER_CORE = '0'
const LOAD_CORE = '1'
const ALL_CORES = `0-${availableParallelism() - 1}`
const canPin = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0

/** How many cores the servers have. */
export const serverCores = canPin ? 1 : availableParallelism()

/** Keeps this process off the servers' core. */
export function pinLoad(): void {
  if (canPin) spawnSync('taskset', ['-a', '-p', '-c', LOAD_CORE, String(process.pid)])
}

/** A command as it runs on the servers' core, or on all there are. */
export const pinned = (
  command: readonly string[],
  cores: 'of servers' | 'all' = 'of servers',
): readonly string[] =>
  canPin ? ['taskset', '-c', cores === 'all' ? ALL_CORES : SERVER_CORE, ...command] : command
