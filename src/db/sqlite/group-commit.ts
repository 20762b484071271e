/**
 * Group commit: the changes of one turn of the event loop share one transaction and one wait for
 * the disk. A busy service commits large groups at a fraction of the cost. An idle one commits each
 * change at once.
 */
import type BetterSqlite from 'better-sqlite3'
import { type RetryOptions, reported, retryWhileBusy } from './synchronous.ts'

/** Makes a change in a group. Resolves with its result after the group is on the disk. */
export type GroupCommit = <Result>(change: () => Result) => Promise<Result>

interface Entry {
  readonly change: () => unknown
  readonly resolve: (result: never) => void
  readonly reject: (error: unknown) => void
}

/** @param onCommit receives the number of changes of each group that is on the disk */
export function createGroupCommit(
  driver: BetterSqlite.Database,
  retry: RetryOptions,
  onCommit: (changes: number) => void,
): GroupCommit {
  let waiting: Entry[] = []

  /**
   * Makes one change. @returns the function that reports its result, once the group is on the disk
   */
  function carryOut({ change, resolve, reject }: Entry): () => void {
    try {
      const result = change()
      return () => resolve(result as never)
    } catch (error) {
      // SQLite undoes a failed statement alone, and the group goes on. A full disk and the like
      // undo the whole transaction.
      if (!driver.inTransaction) throw error
      return () => reject(reported(error, retry))
    }
  }

  const commit = driver.transaction((group: readonly Entry[]) => group.map(carryOut))

  async function flush(): Promise<void> {
    const group = waiting
    waiting = []
    try {
      const outcomes = await retryWhileBusy(() => commit.immediate(group), retry)
      for (const report of outcomes) report()
      onCommit(group.length)
    } catch (error) {
      for (const { reject } of group) reject(error)
    }
  }

  return (change) =>
    new Promise((resolve, reject) => {
      if (waiting.push({ change, resolve, reject }) === 1) setImmediate(flush)
    })
}
