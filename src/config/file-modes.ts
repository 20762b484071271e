/**
 * Files that other accounts of the machine can read or change.
 *
 * Threat: a database or a secret that any process of the machine reads.
 * Guarantee: each such file is found, with its mode. Nothing is changed: a group may be meant to read it.
 * Limits: only the mode of the file counts, not the directories above it. Windows has no such modes.
 */
import { readFileSync, statSync } from 'node:fs'
import { parseEnv } from 'node:util'

export interface ExposedFile {
  readonly path: string
  /** As `chmod` takes it, such as 0644. */
  readonly mode: string
}

/** To read or write, for the group or for others. */
const OTHERS = 0o066

/** Those of the files that exist and that not only their owner can read and change. */
export function exposedFiles(paths: readonly string[], platform = process.platform): ExposedFile[] {
  if (platform === 'win32') return []
  return paths.flatMap((path) => {
    const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0
    return (mode & OTHERS) === 0 ? [] : [{ path, mode: (mode & 0o777).toString(8).padStart(4, '0') }]
  })
}

/**
 * Whether a file of settings holds one of the secrets that are in use. A file that cannot be read holds none.
 * Another secret in the file is none of this service.
 */
export function holdsSecret(path: string, inUse: readonly string[]): boolean {
  try {
    const { SECRET_KEY = '' } = parseEnv(readFileSync(path, 'utf8'))
    return SECRET_KEY.split(',').some((secret) => inUse.includes(secret.trim()))
  } catch {
    return false
  }
}
