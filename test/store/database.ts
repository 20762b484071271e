import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Test } from 'tap'
import type { Store } from '../../src/store/store.ts'

/** An implementation of the store that the conformance suite examines. */
export interface Implementation {
  readonly name: string
  /** A new, empty database. Each call of `open` gives another store on it, as another process has one. */
  create(t: Test): { open(options?: OpenOptions): Promise<Store> }
  /** Resolves when a store can tell every change that was committed before. */
  heard?(store: Store): Promise<void>
  /**
   * Adds a change of a session in a transaction that stays open. Left out if the database has one
   * writing transaction at a time, so that changes commit in the order of their numbers.
   */
  addChange?(sid: string): Promise<OpenChange>
}

export interface OpenOptions {
  /** Whether the store must hear of changes by itself. */
  readonly hears?: boolean
}

/** A change that no store has heard of yet. */
export interface OpenChange {
  commit(): Promise<void>
  undo(): Promise<void>
}

export interface TwoStores {
  readonly store: Store
  /** A second store on the same database. */
  readonly other: Store
}

/** Two stores on one new database. */
export async function twoStores(
  t: Test,
  implementation: Implementation,
  options?: OpenOptions,
): Promise<TwoStores> {
  const database = implementation.create(t)
  return { store: await database.open(options), other: await database.open(options) }
}

/** How many of the results are of this value. */
export const countOf = (results: readonly unknown[], value: unknown): number =>
  results.filter((result) => result === value).length

/** Reads the feed in a turn of the event loop of its own, as each request does. */
export async function changesOf(store: Store, { heard }: Implementation) {
  await nextTurn()
  await heard?.(store)
  return store.changedSessions()
}
