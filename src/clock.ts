/**
 * The only source of time. Each module that needs time receives a Clock, so that a test can move
 * time instead of waiting.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Milliseconds since a fixed moment. A correction of the time of day does not change them. */
  monotonic(): number
}

/** The time of this machine. */
export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() }
