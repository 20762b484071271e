/**
 * How many failures in a row are borne, and how long an account pauses after them.
 *
 * Threat: guessing a password from many addresses, so that no limit of an address notices; and failing on purpose, so
 * that the account's owner is kept out.
 * Guarantee: clients that an account does not know share one count. After ten failures it pauses, longer each time. After
 * a hundred it admits one attempt a day. After thirty days without a failure the count has faded. Between two successes, that
 * is at most 129 guesses in any thirty days. A client that has proved the account before is counted by itself, so that others
 * can neither pause it nor use up its tries; after ten failures it is counted with the strangers.
 * Limits: one password that is tried on many accounts. The limits of an address are for that.
 * Source: NIST SP 800-63B-4 section 3.2.2, OWASP ASVS 5.0 6.1.1 and 6.3.1, OWASP "Slow Down Online Guessing Attacks with
 * Device Cookies". docs/sign-in.md has the reasons.
 */
import { createHash } from 'node:crypto'
import type { SessionInfo } from '../store/session-info.ts'
import type { Throttle } from '../store/throttles.ts'

const FREE_FAILURES = 10
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 15 * 60_000
const DAY_MS = 24 * 60 * 60_000
/** NIST SP 800-63B-4 section 3.2.2: 100. From here on, one attempt a day. */
const MOST_FAILURES = 100
const CLOSED_MS = DAY_MS
/** How long after the last failure the count of an account is good for nothing any more. */
const FADED_AFTER_MS = 30 * DAY_MS
const MOST_FAILURES_OF_KNOWN_BROWSER = 10

/** An address that is typed by mistake may be the name of something else: it is not kept for long. */
const UNKNOWN_ADDRESS_KEPT_MS = DAY_MS

/** `paused` and `closed` end with time; `closed` is the pause of a day after a hundred failures. */
export type Admission = 'open' | 'paused' | 'closed'

/** Where attempts are counted, and what becomes of the next one. */
export interface Counter {
  readonly key: Buffer
  admission(throttle: Throttle | undefined, now: number): Admission
  /** The count with an attempt of `now`. */
  failuresWith(throttle: Throttle | undefined, now: number): number
  /** When a failure of `now` may be forgotten, in milliseconds since the Unix epoch. */
  forgetAt(now: number): number
}

/** The pause after so many failures in a row, in milliseconds: none for the first nine, then doubling; at last a day. */
export function pauseMs(failures: number): number {
  if (failures < FREE_FAILURES) return 0
  if (failures >= MOST_FAILURES) return CLOSED_MS
  return Math.min(FIRST_PAUSE_MS * 2 ** (failures - FREE_FAILURES), LONGEST_PAUSE_MS)
}

/** Under which key the failures of unknown browsers are counted, for accounts that exist and for those that do not. */
export const throttleKey = (emailKey: string): Buffer => createHash('sha256').update(emailKey).digest()

/** For all clients that the account does not know. */
export const accountCounter = (emailKey: string, exists: boolean): Counter => ({
  key: throttleKey(emailKey),
  admission(throttle, now) {
    if (throttle === undefined || now >= throttle.lastFailedAt + pauseMs(throttle.failures)) return 'open'
    return throttle.failures >= MOST_FAILURES ? 'closed' : 'paused'
  },
  // Whether the row was deleted in time must not matter.
  failuresWith: (throttle, now) =>
    throttle === undefined || now >= throttle.lastFailedAt + FADED_AFTER_MS ? 1 : throttle.failures + 1,
  forgetAt: (now) => now + (exists ? FADED_AFTER_MS : UNKNOWN_ADDRESS_KEPT_MS),
})

export interface Device {
  readonly nonce: Buffer
  /** When its cookie ends, in milliseconds since the Unix epoch. */
  readonly expiresAt: number
}

/** For one browser that has a device cookie of the account. */
export const deviceCounter = ({ nonce, expiresAt }: Device, userId: string): Counter =>
  knownBrowser(createHash('sha256').update('device\0').update(nonce).update(userId).digest(), expiresAt)

/** For one client that has a live session of the account. */
export const sessionCounter = ({ id, expiresAt }: Pick<SessionInfo, 'id' | 'expiresAt'>): Counter =>
  knownBrowser(createHash('sha256').update('session\0').update(id).digest(), expiresAt)

const knownBrowser = (key: Buffer, expiresAt: number): Counter => ({
  key,
  admission: (throttle) => ((throttle?.failures ?? 0) < MOST_FAILURES_OF_KNOWN_BROWSER ? 'open' : 'closed'),
  failuresWith: (throttle) => (throttle?.failures ?? 0) + 1,
  // For as long as its proof is good: a stolen one is worth ten guesses, and not ten a day.
  forgetAt: () => expiresAt,
})
