/** Finds and calls strace, which the test of durability needs. */
import { spawnSync } from 'node:child_process'

const USUAL_PATHS = ['/usr/bin/strace', '/usr/local/bin/strace']

/** Why a test is skipped, or must not be. */
export const WITHOUT_STRACE = 'no strace at a usual place is allowed to trace a process'

/**
 * @returns undefined where there is none, and the tests that need it are skipped
 * @throws where there is none though TACIT_REQUIRE_STRACE asks for it
 */
export function findStrace(
  { TACIT_REQUIRE_STRACE }: Readonly<Record<string, string | undefined>> = process.env,
  isUsable: (path: string) => boolean = canTrace,
): string | undefined {
  const found = USUAL_PATHS.find(isUsable)
  if (found === undefined && TACIT_REQUIRE_STRACE) throw new Error(WITHOUT_STRACE)
  return found
}

/** Some containers forbid it, and old versions do not know the filter that makes it fast. */
const canTrace = (strace: string): boolean =>
  spawnSync(strace, ['-f', '--seccomp-bpf', '-o', '/dev/null', 'true']).status === 0

/** Every system call that may change a file or answer a request. */
const TRACED = [
  'pwrite64,pwritev,pwritev2,write,writev,sendto,sendmsg,ftruncate,fallocate,fsync,fdatasync',
  'copy_file_range,sendfile,io_uring_setup',
].join()

/** So that no page of the database is cut short. */
const LONGEST_STRING = 8_192

/**
 * The command that runs a program, and writes the system calls of all its threads and children to a
 * file.
 */
export const straced = (strace: string, file: string): string[] => [
  ...[strace, '-f', '--seccomp-bpf', '-qq', '-y', '-s', String(LONGEST_STRING)],
  ...['-e', `trace=${TRACED}`, '-e', 'signal=none', '-o', file],
]
