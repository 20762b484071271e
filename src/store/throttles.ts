/**
 * The contract of counted failures. Times are milliseconds since the Unix epoch.
 */

export interface Throttle {
  readonly failures: number
  readonly lastFailedAt: number
}

export interface CountedAttempt {
  /** 32 bytes: see credentials/throttle.ts. */
  readonly key: Buffer
  /** The count that the attempt follows, as it was read; undefined when there was none. */
  readonly follows: Throttle | undefined
  /** The count with the attempt: 1 when the count before it has faded. */
  readonly failures: number
  readonly at: number
  /** From when on the count may be pruned. */
  readonly forgetAt: number
}

export interface ThrottleStore {
  findThrottle(key: Buffer): Promise<Throttle | undefined>
  /** Counts an attempt as failed before it is made. False when another one was counted meanwhile. */
  countAttempt(attempt: CountedAttempt): Promise<boolean>
  clearFailures(key: Buffer): Promise<void>
}
