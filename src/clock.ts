/**
 * The only source of time. Everything that decides by time asks a Clock that was handed to it, so that a test
 * can move time instead of waiting for it.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Milliseconds since some moment, which go on evenly when the time of day is put right. */
  monotonic(): number
}

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() }
