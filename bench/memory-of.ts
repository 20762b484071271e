/**
 * How much memory a server holds, garbage not counted.
 */
import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** In megabytes. */
export interface Memory {
  /** What the operating system counts. */
  readonly resident: number
  /** What JavaScript holds on to. */
  readonly heap: number
}

export const memoryFile = (pid: number): string => join(tmpdir(), `tacit-bench-${pid}.memory`)

const MEGABYTE = 1_024 * 1_024
const LIMIT_MS = 10_000

/** Of a server that has loaded collect.ts. */
export async function memoryOf(pid: number): Promise<Memory> {
  // Once more a moment later: pages go back to the system some time after what was in them.
  await collected(pid)
  await sleep(500)
  const { rss, heapUsed } = await collected(pid)
  return { resident: rss / MEGABYTE, heap: heapUsed / MEGABYTE }
}

async function collected(pid: number): Promise<NodeJS.MemoryUsage> {
  const file = memoryFile(pid)
  process.kill(pid, 'SIGWINCH')
  for (const end = Date.now() + LIMIT_MS; Date.now() < end; await sleep(20)) {
    try {
      const usage = JSON.parse(readFileSync(file, 'utf8'))
      rmSync(file)
      return usage
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  throw new Error(`the server does not tell of its memory`)
}
