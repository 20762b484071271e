import type { Clock } from '../../src/clock.ts'

export interface MovableClock extends Clock {
  /** Lets time pass. */
  advance(seconds: number): void
  /** Puts the time of day right, forwards or backwards: no time passes. */
  step(seconds: number): void
}

/**
 * A clock that stands still until it is moved. It starts at a time at which tokens look like
 * today's.
 */
export function movableClock(start = Date.UTC(2026, 0, 15, 12)): MovableClock {
  let now = start
  let elapsed = 0
  return {
    now: () => now,
    monotonic: () => elapsed,
    advance(seconds) {
      now += seconds * 1_000
      elapsed += seconds * 1_000
    },
    step(seconds) {
      now += seconds * 1_000
    },
  }
}
