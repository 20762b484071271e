/**
 * Proving that an account is one's own.
 *
 * Threat: guessing passwords; keeping an owner out by guessing; finding out who has an account; a thief of a session who
 * takes the account along with it.
 * Guarantee: an attempt is counted before the password is looked at, so that guesses sent at once do not slip past the
 * count; and not before there is a place to look at it, so that being turned away is not a failure. Whatever is not
 * right (unknown, wrong, disabled, paused, closed), it is one hash and one answer. What is dangerous takes the password or
 * a sign-in of the last ten minutes.
 * What it does not do: tell an owner from a thief who holds a session that is fresh (SECURITY.md).
 * Source: OWASP ASVS 5.0 6.3.1, 6.3.8 and 7.5.1, NIST SP 800-63B-4 sections 3.1.1 and 3.2.2.
 */

import type { Client } from '../audit/events.ts'
import type { RefusalEvents, RefusalType } from '../audit/refusal-events.ts'
import type { Clock } from '../clock.ts'
import { AuthError } from '../errors.ts'
import type { SessionInfo } from '../store/session-info.ts'
import type { ThrottleStore } from '../store/throttles.ts'
import type { UserRow } from '../store/users.ts'
import type { Passwords } from './passwords.ts'
import { type Admission, accountCounter, type Counter, sessionCounter, throttleKey } from './throttle.ts'

/** How long after a sign-in the password need not be given again: as long as a thief of cookies must not be late. */
const FRESH_MS = 10 * 60_000

/** An id that no account has: what is done for one is done for it too. */
const NOBODY = '00000000-0000-0000-0000-000000000000'

/** Where the failures of a browser are counted that is known to this account; undefined when it is not. */
export type KnownBrowser = (userId: string) => Counter | undefined

/** The session that asks for something dangerous. */
export type AskingSession = Pick<SessionInfo, 'id' | 'authenticatedAt' | 'expiresAt'>

export interface Proof {
  /**
   * Keys of the counts that a success takes back, which is for the caller to do; null when somebody may not sign in. A
   * failure is recorded.
   */
  ofSignIn(attempt: SignInAttempt): Promise<readonly Buffer[] | null>
  /**
   * Rejects with PASSWORD_INCORRECT when a password was given and is not right, or with REAUTHENTICATION_REQUIRED when
   * none was given and the session's sign-in is too long ago.
   */
  ofOwner(user: UserRow, password: string | undefined, session: AskingSession, client: Client): Promise<void>
  /** Forgets the failures of browsers that the account does not know. */
  forgetFailures(emailKey: string): Promise<void>
}

export interface SignInAttempt {
  readonly emailKey: string
  readonly user: UserRow | undefined
  readonly password: string
  readonly knownBrowser: KnownBrowser
  readonly client: Client
}

export interface ProofOptions {
  readonly store: ThrottleStore
  readonly clock: Clock
  readonly passwords: Passwords
  /** A stranger can fail without end, so these events are bounded. */
  readonly failures: RefusalEvents
}

const REFUSED_AS: Record<Admission, RefusalType> = {
  open: 'sign-in-failed',
  paused: 'sign-in-paused',
  closed: 'sign-in-closed',
}

export function createProof({ store, clock, passwords, failures }: ProofOptions): Proof {
  /** Counts the attempt as a failure, which a success takes back. */
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

  /** A known browser is counted by itself, and once it has failed too often with all the others. */
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
  }: SignInAttempt): Promise<readonly Buffer[] | null> {
    const known = knownBrowser(user?.id ?? NOBODY)
    const others = accountCounter(emailKey, user !== undefined)
    const { admission, isRight } = await passwords.inTurn(async (turn) => {
      const admission = await admit(known, others)
      const hash = admission === 'open' && user?.disabledAt === null ? user.passwordHash : undefined
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
      const counted = await prove({ emailKey, user, password, knownBrowser, client })
      if (counted === null) throw new AuthError('PASSWORD_INCORRECT')
      for (const key of counted) await store.clearFailures(key)
    },

    forgetFailures: (emailKey) => store.clearFailures(throttleKey(emailKey)),
  }
}
