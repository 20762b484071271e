/**
 * How long an account pauses after failed sign-ins. The pause belongs to the account and not to an address, because
 * a guesser has many addresses; it passes by itself, because a lock that stays is a way to keep an owner out.
 * Source: NIST SP 800-63B-4 section 3.2.2, OWASP ASVS 5.0 6.3.1.
 */
import { createHash } from 'node:crypto'
import type { Throttle } from '../db/store.ts'

const FREE_FAILURES = 10
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 15 * 60_000

/** The pause after so many failures in a row, in milliseconds: none for the first nine, then doubling. */
export function pauseMs(failures: number): number {
  if (failures < FREE_FAILURES) return 0
  return Math.min(FIRST_PAUSE_MS * 2 ** (failures - FREE_FAILURES), LONGEST_PAUSE_MS)
}

/** Whether a sign-in at `now` falls into the pause. */
export const isPaused = (throttle: Throttle | undefined, now: number): boolean =>
  throttle !== undefined && now < throttle.lastFailedAt + pauseMs(throttle.failures)

/** Under which key failures are counted, for accounts that exist and for those that do not. */
export const throttleKey = (emailKey: string): Buffer => createHash('sha256').update(emailKey).digest()
