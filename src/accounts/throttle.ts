/**
 * How many failures in a row are borne, and how long an account pauses after them.
 *
 * Threat: guessing a password from many addresses, so that no limit of an address notices; and failing on purpose, so
 * that the account's owner is kept out.
 * Guarantee: browsers that an account does not know share one count. After ten failures it pauses, longer each time,
 * and after a hundred they are refused until the count is cleared. A browser that has proved the account before is
 * counted by itself, so that others can neither pause it nor use up its tries; after ten failures it is like any other.
 * What it does not do: stop somebody who tries one password on many accounts. That is for the limits of an address.
 * Source: NIST SP 800-63B-4 section 3.2.2, OWASP ASVS 5.0 6.1.1 and 6.3.1, OWASP "Slow Down Online Guessing Attacks with
 * Device Cookies". docs/sign-in.md has the reasons.
 */
import { createHash } from 'node:crypto'
import type { Session, Throttle } from '../db/store.ts'

const FREE_FAILURES = 10
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 15 * 60_000
/** NIST SP 800-63B-4 section 3.2.2: no more than 100. */
const MOST_FAILURES = 100
const MOST_FAILURES_OF_KNOWN_BROWSER = 10

/** What is typed by mistake may well be something else's name: it is not kept for long. */
const UNKNOWN_ADDRESS_KEPT_MS = 24 * 60 * 60_000

/** `paused` passes by itself; `closed` stays until a success, a new password or an operator. */
export type Admission = 'open' | 'paused' | 'closed'

/** Where attempts are counted, and what becomes of the next one. */
export interface Counter {
  readonly key: Buffer
  admission(throttle: Throttle | undefined, now: number): Admission
  /** When a failure of `now` may be forgotten, in milliseconds since the Unix epoch; null for never. */
  forgetAt(now: number): number | null
}

/** The pause after so many failures in a row, in milliseconds: none for the first nine, then doubling. */
export function pauseMs(failures: number): number {
  if (failures < FREE_FAILURES) return 0
  return Math.min(FIRST_PAUSE_MS * 2 ** (failures - FREE_FAILURES), LONGEST_PAUSE_MS)
}

/** Under which key the failures of unknown browsers are counted, for accounts that exist and for those that do not. */
export const throttleKey = (emailKey: string): Buffer => createHash('sha256').update(emailKey).digest()

/** For all browsers that the account does not know. */
export const accountCounter = (emailKey: string, exists: boolean): Counter => ({
  key: throttleKey(emailKey),
  admission(throttle, now) {
    if (throttle === undefined) return 'open'
    if (throttle.failures >= MOST_FAILURES) return 'closed'
    return now < throttle.lastFailedAt + pauseMs(throttle.failures) ? 'paused' : 'open'
  },
  // In a row is in a row, however much time lies in between.
  forgetAt: (now) => (exists ? null : now + UNKNOWN_ADDRESS_KEPT_MS),
})

export interface Device {
  readonly nonce: Buffer
  /** When its cookie ends, in milliseconds since the Unix epoch. */
  readonly expiresAt: number
}

/** For one browser that has a device cookie of the account. */
export const deviceCounter = ({ nonce, expiresAt }: Device, userId: string): Counter =>
  knownBrowser(createHash('sha256').update('device\0').update(nonce).update(userId).digest(), expiresAt)

/** For one browser that has a live session of the account. */
export const sessionCounter = ({ id, expiresAt }: Pick<Session, 'id' | 'expiresAt'>): Counter =>
  knownBrowser(createHash('sha256').update('session\0').update(id).digest(), expiresAt)

const knownBrowser = (key: Buffer, expiresAt: number): Counter => ({
  key,
  admission: (throttle) => ((throttle?.failures ?? 0) < MOST_FAILURES_OF_KNOWN_BROWSER ? 'open' : 'closed'),
  // For as long as its proof is good: a stolen one is worth ten guesses, and not ten a day.
  forgetAt: () => expiresAt,
})
