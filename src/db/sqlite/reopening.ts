/**
 * A connection that was closed underneath the service is opened again at the next call, so that the service needs no
 * restart. What cannot be reached in the moment stays an outage, and is tried again by the call after that. Another file
 * at the same path is not opened: see database-file.ts.
 */

import type { Store } from '../../store/store.ts'
import { createDatabaseFile, type DatabaseFile, identityOf } from './database-file.ts'
import { pathOf, type SqliteOptions } from './open.ts'
import { outage } from './synchronous.ts'

export interface OpenStore {
  readonly store: Store
  isOpen(): boolean
}

type Methods = Record<string, (...args: unknown[]) => Promise<unknown>>

/** Opening again must not keep every request waiting: the driver stands still with the whole process. */
const BRIEF_WAIT_MS = 100

/** @param open opens the database and builds a store on it; throws when that cannot be done */
export function reopening(options: SqliteOptions, open: (options: SqliteOptions) => OpenStore): Store {
  // What was only ever in memory went with its connection. An empty database would not be the same one.
  const canReopen = options.url !== ':memory:'
  let current = open(options)
  const file = fileOf(options)
  let isClosed = false
  let isUnheard = false

  function live(): Store {
    if (!isClosed) file.check()
    if (!current.isOpen() && canReopen && !isClosed) {
      current = reopened()
      isUnheard = true
    }
    return current.store
  }

  function reopened(): OpenStore {
    // Its connection is closed already, the thread of its upkeep is not.
    void current.store.close()
    try {
      // A new database where the old one was would know nobody, and sign everybody out.
      return open({ ...options, openTimeoutMs: BRIEF_WAIT_MS, mustExist: true })
    } catch (error) {
      throw outage(error)
    }
  }

  const methods: Methods = {}
  for (const name of Object.keys(current.store)) {
    methods[name] = (...args) => {
      try {
        return (live() as unknown as Methods)[name]?.(...args) as Promise<unknown>
      } catch (error) {
        return Promise.reject(error)
      }
    }
  }

  return {
    ...(methods as unknown as Store),
    changedSessions() {
      const { store } = current
      try {
        file.check()
        const changed = store.changedSessions()
        if (!isUnheard) return changed
      } catch (error) {
        // Asked only now: at every request it would cost more than the feed does.
        if (live() === store) throw error
      }
      // What happened while there was no connection, this one's feed has not heard of.
      isUnheard = false
      return 'everything'
    },
    close() {
      isClosed = true
      return current.store.close()
    },
  }
}

/** A database in memory has no file. */
function fileOf({ url }: SqliteOptions): DatabaseFile {
  const path = pathOf(url)
  return path === ':memory:' ? { check() {} } : createDatabaseFile(path, identityOf(path))
}
