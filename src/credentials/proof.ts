/**
 * Verifies that a caller owns an account.
 *
 * Threat: an attacker guesses passwords, locks the owner out by guessing, finds out which accounts
 * exist, or takes over an account by a stolen session.
 * Guarantee: an attempt is counted before its password is verified, so parallel guesses cannot
 * evade the count. It is counted only when its turn to hash has come, so a refusal for load is no
 * failure. An account that is unknown, disabled, not confirmed, paused or closed costs the same hash
 * and gets the same answer as a wrong password. A dangerous change needs the password or a sign-in within ten
 * minutes.
 * Limits: an owner and a thief of a freshly signed-in session look the same (SECURITY.md).
 * Source: OWASP ASVS 5.0 6.3.1, 6.3.8 and 7.5.1, NIST SP 800-63B-4 sections 3.1.1 and 3.2.2.
 */

import type { Client } from '../audit/events.ts'
import type { RefusalEvents, RefusalType } from '../audit/refusal-events.ts'
import type { Clock } from '../clock.ts'
import { AuthError } from '../errors.ts'
import type { SessionInfo } from '../store/session-info.ts'
import type { ThrottleStore } from '../store/throttles.ts'
import type { UserRow } from '../store/user-row.ts'
import type { Passwords } from './passwords.ts'
import { type Admission, accountCounter, type Counter, sessionCounter, throttleKey } from './throttle.ts'

/** How long after a sign-in the password is not asked for again. */
const FRESH_MS = 10 * 60_000

/** An id that no account has, so that unknown accounts cost the same work. */
const UNKNOWN_USER_ID = '00000000-0000-0000-0000-000000000000'

/**
 * The counter of a browser or a client that the account knows; undefined if the account does not
 * know it.
 */
export type KnownBrowser = (userId: string) => Counter | undefined

/** The session that asks for a dangerous change. */
export type AskingSession = Pick<SessionInfo, 'id' | 'authenticatedAt' | 'expiresAt'>

export interface Proof {
  /**
   * Verifies the password of a sign-in. Records a failure.
   * @returns the keys of the counts that the caller must clear; null if the sign-in is refused
   */
  ofSignIn(attempt: SignInAttempt): Promise<readonly Buffer[] | null>
  /**
   * Rejects with PASSWORD_INCORRECT if a password was given and is wrong. Rejects with
   * REAUTHENTICATION_REQUIRED if none was given and the session's sign-in is too long ago.
   */
  ofOwner(user: UserRow, password: string | undefined, session: AskingSession, client: Client): Promise<void>
  /** Clears the failures of browsers that the account does not know. */
  forgetFailures(emailKey: string): Promise<void>
}

export interface SignInAttempt {
  readonly emailKey: string
  readonly user: UserRow | undefined
  readonly password: string
  readonly knownBrowser: KnownBrowser
  readonly client: Client
  /** Whether an account whose address is not confirmed is refused. */
  readonly mustBeConfirmed: boolean
}

export interface ProofOptions {
  readonly store: ThrottleStore
  readonly clock: Clock
  readonly passwords: Passwords
  /** Any client can fail without limit, so these events are bounded. */
  readonly failures: RefusalEvents
}

const REFUSED_AS: Record<Admission, RefusalType> = {
  open: 'sign-in-failed',
  paused: 'sign-in-paused',
  closed: 'sign-in-closed',
}

const isUsable = ({ disabledAt, emailConfirmedAt }: UserRow, mustBeConfirmed: boolean): boolean =>
  disabledAt === null && (emailConfirmedAt !== null || !mustBeConfirmed)

export function createProof({ store, clock, passwords, failures }: ProofOptions): Proof {
  /** Counts the attempt as a failure. A success clears the count. */
  async function count(counter: Counter): Promise<Admission> {
    for (;;) {
      const now = clock.now()
      const throttle = await store.findThrottle(counter.key)
      const admission = counter.admission(throttle, now)
      if (admission !== 'open') return admission
      const counted = {
        key: counter.key,
        follows: throttle,
        failures: counter.failuresWith(throttle, now),
        at: now,
        forgetAt: counter.forgetAt(now),
      }
      if (await store.countAttempt(counted)) return 'open'
    }
  }

  /**
   * A known browser has its own count. After too many failures, it counts with the unknown
   * browsers.
   */
  async function admit(known: Counter | undefined, others: Counter): Promise<Admission> {
    if (known !== undefined && (await count(known)) === 'open') return 'open'
    return count(others)
  }

  async function prove({
    emailKey,
    user,
    password,
    knownBrowser,
    client,
    mustBeConfirmed,
  }: SignInAttempt): Promise<readonly Buffer[] | null> {
    const known = knownBrowser(user?.id ?? UNKNOWN_USER_ID)
    const others = accountCounter(emailKey, user !== undefined)
    const { admission, isRight } = await passwords.inTurn(async (turn) => {
      const admission = await admit(known, others)
      const mayPass = admission === 'open' && user !== undefined && isUsable(user, mustBeConfirmed)
      const hash = mayPass ? user.passwordHash : undefined
      return { admission, isRight: await turn.verify(hash, password) }
    })

    if (!isRight) {
      const key = `${throttleKey(emailKey).toString('base64url')} ${client.ip}`
      await failures.record(REFUSED_AS[admission], key, { userId: user?.id, client })
      return null
    }
    return known === undefined ? [others.key] : [others.key, known.key]
  }

  return {
    ofSignIn: prove,

    async ofOwner(user, password, session, client) {
      if (password === undefined) {
        if (clock.now() - session.authenticatedAt < FRESH_MS) return
        throw new AuthError('REAUTHENTICATION_REQUIRED')
      }
      const knownBrowser = () => sessionCounter(session)
      const { emailKey } = user
      const attempt = { emailKey, user, password, knownBrowser, client, mustBeConfirmed: false }
      const counted = await prove(attempt)
      if (counted === null) throw new AuthError('PASSWORD_INCORRECT')
      for (const key of counted) await store.clearFailures(key)
    },

    forgetFailures: (emailKey) => store.clearFailures(throttleKey(emailKey)),
  }
}
