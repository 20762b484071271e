/**
 * Files that other accounts of the machine can read or change.
 *
 * Threat: a database or a secret that any process of the machine reads.
 * Guarantee: each such file is found, with its mode. Nothing is changed: a group may be meant to read it.
 * Limits: only the mode of the file counts, not the directories above it. Windows has no such modes.
 */
import { readFileSync, statSync } from 'node:fs'

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

/** Whether a file of settings sets SECRET_KEY. A file that cannot be read sets nothing. */
export function holdsSecretKey(path: string): boolean {
  try {
    return SETS_SECRET_KEY.test(readFileSync(path, 'utf8'))
  } catch {
    return false
  }
}

/** A line such as `SECRET_KEY=…`, with a value. */
export const SETS_SECRET_KEY = /^[ \t]*(?:export[ \t]+)?SECRET_KEY[ \t]*=[ \t]*\S/m
