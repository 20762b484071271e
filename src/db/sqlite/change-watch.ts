/**
 * Tells listeners when the change feed may have grown. `PRAGMA data_version` changes when another
 * connection writes. It is asked at intervals, and only while there is a listener: it takes three
 * microseconds.
 */
import type { ResumableFeed } from '../../store/changes.ts'
import type { SqliteConnection } from './open.ts'

/** How often another process's writes are looked for. */
const POLL_INTERVAL_MS = 100

export interface ChangeWatch {
  /** The connection reports each change that it adds, inside the transaction. */
  added(): void
  watchChanges: ResumableFeed['watchChanges']
}

export function createChangeWatch({ driver }: SqliteConnection): ChangeWatch {
  const dataVersion = driver.prepare('PRAGMA data_version').pluck()
  const listeners = new Set<() => void>()
  let seenVersion: unknown
  let timer: NodeJS.Timeout | undefined
  let isTelling = false

  function tell(): void {
    isTelling = false
    for (const listener of listeners) listener()
  }

  function poll(): void {
    let version: unknown
    try {
      version = dataVersion.get()
    } catch {
      // The listener reads the feed, and gets the error.
    }
    if (version !== undefined && version === seenVersion) return
    seenVersion = version
    tell()
  }

  return {
    added() {
      if (listeners.size === 0 || isTelling) return
      isTelling = true
      // The transaction is synchronous, so it is committed by then.
      setImmediate(tell)
    },

    watchChanges(onChange) {
      const listener = () => onChange()
      listeners.add(listener)
      timer ??= setInterval(poll, POLL_INTERVAL_MS).unref()
      return () => {
        listeners.delete(listener)
        if (listeners.size > 0) return
        clearInterval(timer)
        timer = undefined
      }
    },
  }
}
