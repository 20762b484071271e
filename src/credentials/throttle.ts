/**
 * Limits failed sign-ins in a row, and pauses an account after them.
 *
 * Threat: an attacker guesses from many addresses, so that no address reaches its limit, or fails
 * on purpose to lock the owner out.
 * Guarantee: clients that an account does not know share one count. After ten failures the account
 * pauses for them, longer each time. After a hundred it admits one attempt a day. After thirty days
 * without a failure the count starts again. That is at most 129 guesses in thirty days between two
 * successes. A known client has its own count of ten failures, so strangers cannot pause it.
 * Further failures count with the strangers.
 * Limits: one password tried on many accounts. The limits per address are for that.
 * Source: NIST SP 800-63B-4 section 3.2.2, OWASP ASVS 5.0 6.1.1 and 6.3.1, OWASP "Slow Down Online
 * Guessing Attacks with Device Cookies". docs/sign-in.md has the reasons.
 */
import { createHash } from 'node:crypto'
import type { SessionInfo } from '../store/session-info.ts'
import type { Throttle } from '../store/throttles.ts'

const FREE_FAILURES = 10
const FIRST_PAUSE_MS = 1_000
const MAX_PAUSE_MS = 15 * 60_000
const DAY_MS = 24 * 60 * 60_000
/** NIST SP 800-63B-4 section 3.2.2: 100. From then on, one attempt a day. */
const MAX_FAILURES = 100
const CLOSED_MS = DAY_MS
/** After this time without a failure, the count of an account starts again. */
const FADED_AFTER_MS = 30 * DAY_MS
const MAX_FAILURES_OF_KNOWN_BROWSER = 10

/** An address without an account may be a typing mistake, so its count is not kept for long. */
const UNKNOWN_ADDRESS_KEPT_MS = DAY_MS

/**
 * `paused` and `closed` both end with time. `closed` is the pause of a day after a hundred
 * failures.
 */
export type Admission = 'open' | 'paused' | 'closed'

/**
 * A counter of attempts, and the decision about the next one. Times are milliseconds since the Unix
 * epoch.
 */
export interface Counter {
  readonly key: Buffer
  admission(throttle: Throttle | undefined, now: number): Admission
  /** The count after an attempt at `now`. */
  failuresWith(throttle: Throttle | undefined, now: number): number
  /** When a failure at `now` may be deleted. */
  forgetAt(now: number): number
}

/**
 * The pause after a number of failures in a row, in milliseconds. It is 0 for the first nine, then
 * doubles up to 15 minutes, and is a day from a hundred on.
 */
export function pauseMs(failures: number): number {
  if (failures < FREE_FAILURES) return 0
  if (failures >= MAX_FAILURES) return CLOSED_MS
  return Math.min(FIRST_PAUSE_MS * 2 ** (failures - FREE_FAILURES), MAX_PAUSE_MS)
}

/** The key of the count of unknown browsers, for existing and unknown accounts alike. */
export const throttleKey = (emailKey: string): Buffer => createHash('sha256').update(emailKey).digest()

/** The counter shared by all clients that the account does not know. */
export const accountCounter = (emailKey: string, exists: boolean): Counter => ({
  key: throttleKey(emailKey),
  admission(throttle, now) {
    const pause = pauseMs(throttle?.failures ?? 0)
    // Without a pause, times do not matter: another process may have counted an attempt at a time
    // that this one has not reached.
    if (throttle === undefined || pause === 0 || now >= throttle.lastFailedAt + pause) return 'open'
    return throttle.failures >= MAX_FAILURES ? 'closed' : 'paused'
  },
  // The result must not depend on whether the row has been deleted yet.
  failuresWith: (throttle, now) =>
    throttle === undefined || now >= throttle.lastFailedAt + FADED_AFTER_MS ? 1 : throttle.failures + 1,
  forgetAt: (now) => now + (exists ? FADED_AFTER_MS : UNKNOWN_ADDRESS_KEPT_MS),
})

export interface Device {
  readonly nonce: Buffer
  /** Expiry of its cookie, in milliseconds since the Unix epoch. */
  readonly expiresAt: number
}

/** The counter of a browser with a device cookie of the account. */
export const deviceCounter = ({ nonce, expiresAt }: Device, userId: string): Counter =>
  knownBrowser(createHash('sha256').update('device\0').update(nonce).update(userId).digest(), expiresAt)

/** The counter of a client with a live session of the account. */
export const sessionCounter = ({ id, expiresAt }: Pick<SessionInfo, 'id' | 'expiresAt'>): Counter =>
  knownBrowser(createHash('sha256').update('session\0').update(id).digest(), expiresAt)

const knownBrowser = (key: Buffer, expiresAt: number): Counter => ({
  key,
  admission: (throttle) => ((throttle?.failures ?? 0) < MAX_FAILURES_OF_KNOWN_BROWSER ? 'open' : 'closed'),
  failuresWith: (throttle) => (throttle?.failures ?? 0) + 1,
  // The count lasts as long as the cookie or session, so a stolen one allows ten guesses, not ten a
  // day.
  forgetAt: () => expiresAt,
})
