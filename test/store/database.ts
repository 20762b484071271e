import type { Test } from 'tap'
import type { Store } from '../../src/store/store.ts'

/** An implementation of the store that the conformance suite examines. */
export interface Implementation {
  readonly name: string
  /** A new, empty database. Each call of `open` gives another store on it, as another process has one. */
  create(t: Test): { open(): Promise<Store> }
}

export interface TwoStores {
  readonly store: Store
  /** A second store on the same database. */
  readonly other: Store
}

/** Two stores on one new database. */
export async function twoStores(t: Test, implementation: Implementation): Promise<TwoStores> {
  const database = implementation.create(t)
  return { store: await database.open(), other: await database.open() }
}

/** How many of the results are of this value. */
export const countOf = (results: readonly unknown[], value: unknown): number =>
  results.filter((result) => result === value).length
