import type { Clock } from '../../src/clock.ts'

export interface MovableClock extends Clock {
  /** @param seconds may be negative */
  advance(seconds: number): void
}

/** A clock that stands still until it is moved. It starts at a time when tokens look like those of today. */
export function movableClock(start = Date.UTC(2026, 0, 15, 12)): MovableClock {
  let now = start
  return {
    now: () => now,
    advance(seconds) {
      now += seconds * 1_000
    },
  }
}
