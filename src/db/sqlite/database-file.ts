/**
 * Whether the path of the database still leads to the file that was opened.
 *
 * Threat: another file is moved to the path, or the file is deleted, while processes run. They would go on with a file
 * that has no name any more: what they write is lost, and a session that is ended elsewhere lives on here.
 * Guarantee: such a process refuses everything within a quarter of a second, and says why, until it is started again. It
 * never opens the other file: the write-ahead log beside it may belong to the first one, and would damage it.
 * Limits: a file that is overwritten in place is the same file. The change feed notices that: see changes.ts.
 * Source: https://www.sqlite.org/howtocorrupt.html, sections 1.4 and 4.4.
 */
import { type BigIntStats, statSync } from 'node:fs'
import type { Store } from '../../store/store.ts'
import { outage } from './synchronous.ts'

export type FileIdentity = Readonly<Pick<BigIntStats, 'dev' | 'ino'>>

export interface DatabaseFile {
  /** Throws STORE_UNAVAILABLE when the path leads to another file, or to none. */
  check(): void
}

/** Looking costs a few microseconds: not at every request. */
const CHECK_EVERY_MS = 250

/** The file that a path leads to. Throws when there is none. */
export const identityOf = (path: string): FileIdentity => statSync(path, { bigint: true })

/** What is wrong with the file at the path, or undefined while it is the one that was opened. */
export function faultOf(path: string, opened: FileIdentity): Error | undefined {
  let found: FileIdentity | undefined
  try {
    found = statSync(path, { bigint: true, throwIfNoEntry: false })
  } catch (error) {
    return error as Error
  }
  if (found?.dev === opened.dev && found.ino === opened.ino) return undefined
  const fate = found === undefined ? 'was removed' : 'was replaced by another file'
  // The driver's own code: whatever asks for the reason knows an outage by it.
  const code = { code: 'SQLITE_CANTOPEN' }
  return Object.assign(
    new Error(
      `The database file ${path} ${fate} while the service was running: stop every process that uses it, delete ${path}-wal and ${path}-shm if there is another file now, and start again`,
    ),
    code,
  )
}

/** @param path the database file, which has just been opened */
export function createDatabaseFile(path: string, opened: FileIdentity): DatabaseFile {
  let nextCheck = 0
  return {
    check() {
      const now = performance.now()
      if (now < nextCheck) return
      const fault = faultOf(path, opened)
      if (fault !== undefined) throw outage(fault)
      // Only now: while something is wrong, each call looks again.
      nextCheck = now + CHECK_EVERY_MS
    },
  }
}

type Methods = Record<string, (...args: unknown[]) => Promise<unknown>>

/** The store, each of whose methods first checks the file. It can be closed in any case. */
export function whileFileStands(store: Store, file: DatabaseFile): Store {
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
    close: () => store.close(),
  }
}
