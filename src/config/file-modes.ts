/**
 * Finds files that other users of the machine can read or change.
 *
 * Threat: another user of the machine reads the database or a secret.
 * Guarantee: each file with such a mode is found and its mode reported. The mode is not changed:
 * the operator may have given a group access.
 * Limits: only the mode of the file is checked, not its directories. Windows has no such modes.
 */
import { readFileSync, statSync } from 'node:fs'
import { parseEnv } from 'node:util'

/** A file that the group or other users can read or write. */
export interface ExposedFile {
  readonly path: string
  /** Octal, as `chmod` accepts it, such as 0644. */
  readonly mode: string
}

/** Read and write, for the group and for other users. */
const GROUP_AND_OTHERS = 0o066

/** Returns the files that exist and that users other than the owner can read or write. */
export function exposedFiles(paths: readonly string[], platform = process.platform): ExposedFile[] {
  if (platform === 'win32') return []
  return paths.flatMap((path) => {
    const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0
    return (mode & GROUP_AND_OTHERS) === 0
      ? []
      : [{ path, mode: (mode & 0o777).toString(8).padStart(4, '0') }]
  })
}

/**
 * Returns whether a file of settings contains a secret that is in use. A file that cannot be read
 * contains none. Any other secret in the file does not belong to this service.
 */
export function holdsSecret(path: string, inUse: readonly string[]): boolean {
  try {
    const { SECRET_KEY = '', DATABASE_URL = '' } = parseEnv(readFileSync(path, 'utf8'))
    return [...SECRET_KEY.split(','), DATABASE_URL].some((secret) => inUse.includes(secret.trim()))
  } catch {
    return false
  }
}
