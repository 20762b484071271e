/**
 * The contract of the counts of failed sign-ins. Times are milliseconds since the Unix epoch.
 */

/** A count of consecutive failures. */
export interface Throttle {
  readonly failures: number
  readonly lastFailedAt: number
}

/** The compare-and-swap that counts an attempt. */
export interface CountedAttempt {
  /** 32 bytes: see credentials/throttle.ts. */
  readonly key: Buffer
  /** The count that has to be stored; undefined if no count may be stored. */
  readonly follows: Throttle | undefined
  /** The new count: 1 if the count before it has run out. */
  readonly failures: number
  readonly at: number
  /** From when on the count may be pruned. */
  readonly forgetAt: number
}

/** The counts of failures. Methods reject with AuthError STORE_UNAVAILABLE: see store.ts. */
export interface ThrottleStore {
  /** Returns the count under a key of 32 bytes. */
  findThrottle(key: Buffer): Promise<Throttle | undefined>
  /**
   * Counts an attempt as failed before it is made. Returns false, with nothing changed, if another
   * attempt was counted since `follows` was read.
   */
  countAttempt(attempt: CountedAttempt): Promise<boolean>
  /** Deletes the count under a key of 32 bytes. */
  clearFailures(key: Buffer): Promise<void>
}
