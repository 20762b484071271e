/**
 * Where the tests keep their files: in memory, if the system offers a place for it. Each test writes
 * databases, waits until the disk has them, and deletes them. On a disk, a fifth of a run is waiting.
 */
import { mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Teardown } from './app.ts'

const SHARED_MEMORY = '/dev/shm'

/** Chosen with much to spare, and not measured. A container often has 64 MiB in all. */
const MIN_FREE_BYTES = 4 * 1024 ** 3

/** A directory of the test's own, which goes with the test. */
export function temporaryDirectory(t: Teardown): string {
  const directory = mkdtempSync(join(temporaryRoot(), 'tacit-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

let root: string | undefined

/** The directory that temporary directories are made in. TMPDIR names another one. */
export function temporaryRoot(): string {
  root ??= process.env.TMPDIR === undefined && isUsable(SHARED_MEMORY) ? SHARED_MEMORY : tmpdir()
  return root
}

/** Whether it is a file system in memory with enough room, on which programs may be started. */
function isUsable(directory: string): boolean {
  try {
    const mount = readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' '))
      .findLast(([, path]) => path === directory)
    const [, , type, options = ''] = mount ?? []
    if (type !== 'tmpfs' || options.split(',').includes('noexec')) return false
    const { bavail, bsize } = statfsSync(directory)
    return bavail * bsize >= MIN_FREE_BYTES
  } catch {
    // Another system than Linux.
    return false
  }
}
