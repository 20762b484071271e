/**
 * When a mail is tried again.
 * Source: RFC 5321 section 4.5.4.1: pauses that grow, and longer than greylisting takes.
 */
const FIRST_PAUSE_MS = 15_000
const MAX_PAUSE_MS = 60 * 60_000
const GROWTH = 3

/** The pause after a number of failed attempts: 15 s, 45 s, 2 min, 7 min, 20 min, then an hour. */
export const pauseMs = (attempts: number): number =>
  Math.min(FIRST_PAUSE_MS * GROWTH ** (attempts - 1), MAX_PAUSE_MS)

export interface Retrying {
  readonly attempts: number
  readonly retryUntil: number
  readonly expiresAt: number | null
}

/** Returns when the next attempt is, or null if there is none. */
export function nextAttemptAt({ attempts, retryUntil, expiresAt }: Retrying, now: number): number | null {
  const next = now + pauseMs(attempts)
  return next >= Math.min(retryUntil, expiresAt ?? retryUntil) ? null : next
}
