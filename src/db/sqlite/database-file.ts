/**
 * Checks that the database's path still leads to the file that the process has open.
 *
 * Threat: the file is replaced or deleted while processes run. They would go on with a file that
 * has no name. Their changes are lost, and a session that ends in another process stays alive here.
 * Guarantee: within a quarter of a second, such a process refuses every request with the reason,
 * until it is restarted. It never opens the new file: the write-ahead log beside it may belong to
 * the old file, and would damage the new one.
 * Limits: a file that is overwritten in place is the same file. changes.ts detects that case.
 * Source: https://www.sqlite.org/howtocorrupt.html, sections 1.4 and 4.4.
 */
import { type BigIntStats, statSync } from 'node:fs'
import type { Store } from '../../store/store.ts'
import { outage } from './synchronous.ts'

/** The device and inode of a file, and when it was created. */
export type FileIdentity = Readonly<Pick<BigIntStats, 'dev' | 'ino' | 'birthtimeNs'>>

export interface DatabaseFile {
  /** @throws AuthError STORE_UNAVAILABLE if the path leads to another file or to no file */
  check(): void
}

/** A check costs a few microseconds, too much for every request. */
const CHECK_INTERVAL_MS = 250

/** Returns the file that a path leads to. @throws Error if there is none */
export const identityOf = (path: string): FileIdentity => statSync(path, { bigint: true })

/**
 * Returns a name that another file does not have. An inode's number is used again after the file is
 * deleted. The device is left out, because its number may change when the machine starts again.
 */
export const nameOfFile = ({ ino, birthtimeNs }: FileIdentity): string => `${ino}-${birthtimeNs}`

/** Returns what is wrong with the path, or undefined if it leads to the opened file. */
export function faultOf(path: string, opened: FileIdentity): Error | undefined {
  let found: FileIdentity | undefined
  try {
    found = statSync(path, { bigint: true, throwIfNoEntry: false })
  } catch (error) {
    return error as Error
  }
  if (found?.dev === opened.dev && found.ino === opened.ino) return undefined
  const fate = found === undefined ? 'was removed' : 'was replaced by another file'
  // The driver's code for an outage: callers that ask for the reason recognize it.
  const code = { code: 'SQLITE_CANTOPEN' }
  return Object.assign(
    new Error(
      `The database file ${path} ${fate} while the service was running: stop every process that uses it, delete ${path}-wal and ${path}-shm if there is another file now, and start again`,
    ),
    code,
  )
}

/** @param opened the file that the process has open */
export function createDatabaseFile(path: string, opened: FileIdentity): DatabaseFile {
  let nextCheck = 0
  return {
    check() {
      const now = performance.now()
      if (now < nextCheck) return
      const fault = faultOf(path, opened)
      if (fault !== undefined) throw outage(fault)
      // After a success only: while something is wrong, each call checks again.
      nextCheck = now + CHECK_INTERVAL_MS
    },
  }
}

type Methods = Record<string, (...args: unknown[]) => Promise<unknown>>

/** Returns a store whose methods check the file first. `close` and `watchChanges` do not check. */
export function withFileCheck(store: Store, file: DatabaseFile): Store {
  const methods: Methods = {}
  for (const [name, method] of Object.entries(store as unknown as Methods)) {
    methods[name] = (...args) => {
      try {
        file.check()
      } catch (error) {
        return Promise.reject(error)
      }
      return method(...args)
    }
  }
  return {
    ...(methods as unknown as Store),
    changedSessions() {
      file.check()
      return store.changedSessions()
    },
    watchChanges: (onChange) => store.watchChanges(onChange),
    close: () => store.close(),
  }
}
