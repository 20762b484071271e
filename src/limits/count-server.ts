/** The contract of a side that shares counts between processes or machines. */
import type { MaybePromise } from '../http/request-counts.ts'

/** The count of a key, as the side that shares it answers. */
export interface SharedCount {
  readonly requests: number
  readonly ttlMs: number
  /** Identifies the window of the key. */
  readonly window: string
}

/** Requests that are added to a count. */
export interface Addition {
  readonly by: number
  /** The count in own memory, for a shared side that has lost the window. */
  readonly atLeast: number
  /** How long the window lasts if this request begins it. */
  readonly ttlMs: number
}

/** The side that shares counts: the primary process, or Redis. */
export interface CountServer {
  add(table: string, key: string, addition: Addition): MaybePromise<SharedCount>
  find(table: string, key: string): MaybePromise<SharedCount | null>
  takeBack(table: string, key: string, window: string, by: number): MaybePromise<void>
}
