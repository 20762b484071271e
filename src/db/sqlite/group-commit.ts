/**
 * Group commit: changes that come up in one turn of the event loop share one transaction, and so one wait for the disk.
 * A busy service commits in groups, and is durable at a fraction of the price; an idle one commits each change at once.
 */
import type BetterSqlite from 'better-sqlite3'
import { type Patience, patiently, reported } from './synchronous.ts'

/** Carries out a change together with others. Resolves when it has reached the disk. */
export type GroupCommit = <Result>(change: () => Result) => Promise<Result>

interface Entry {
  readonly change: () => unknown
  readonly resolve: (result: never) => void
  readonly reject: (error: unknown) => void
}

/** @param onCommit told how many changes have reached the disk */
export function createGroupCommit(
  driver: BetterSqlite.Database,
  patience: Patience,
  onCommit: (changes: number) => void,
): GroupCommit {
  let waiting: Entry[] = []

  /** Changes what one entry asks for. @returns how to tell it, once the group is on the disk */
  function carryOut({ change, resolve, reject }: Entry): () => void {
    try {
      const result = change()
      return () => resolve(result as never)
    } catch (error) {
      // A statement that fails is undone by itself, and the group goes on without it; unless its failure has undone the
      // whole transaction, as that of a full disk does.
      if (!driver.inTransaction) throw error
      return () => reject(reported(error, patience))
    }
  }

  const commit = driver.transaction((group: readonly Entry[]) => group.map(carryOut))

  async function flush(): Promise<void> {
    const group = waiting
    waiting = []
    try {
      const outcomes = await patiently(() => commit.immediate(group), patience)
      for (const tell of outcomes) tell()
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
