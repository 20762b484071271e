/**
 * Decides whether the issuer must be asked about a token. It is pure, except for its clock.
 *
 * Threat: a session ends, and its tokens are accepted until they expire.
 * Guarantee: a change concerns all tokens of its session or account that were issued until it was
 * heard. Such a token is suspect until the issuer has called it active after the change. While the
 * stream is down, `closed` makes each token suspect a second after the last answer.
 * Limits: `open` accepts the tokens of sessions whose end was not heard. The clocks of both
 * services differ by less than MAX_SKEW_MS.
 * Source: docs/services.md.
 */
import type { Clock } from '../clock.ts'
import type { FailMode } from './options.ts'

/** What a change is about. */
export interface Change {
  readonly of: 'session' | 'user'
  readonly id: string
}

/** The part of an access token that a change can concern. Times are milliseconds. */
export interface TokenFacts {
  readonly sid: string
  readonly userId: string
  /** By the clock of the issuer. */
  readonly issuedAt: number
  readonly expiresAt: number
}

/** What the issuer has said about a token. */
export interface Answer {
  readonly active: boolean
  /** How many changes were heard before the question. */
  readonly heard: number
  /** When the answer came, by the monotonic clock. */
  readonly answeredAt: number
}

/** `suspect`: the issuer must be asked. `ended`: it has called the token inactive. */
export type Verdict = 'trusted' | 'suspect' | 'ended'

export interface Standing {
  /** Adds a change of the stream, or an unknown number of changes. */
  hear(change: Change | 'everything'): void
  /** The stream is down until it is up for the first time. */
  setState(state: 'up' | 'down'): void
  /** @param answer the last answer about the token */
  judge(token: TokenFacts, answer: Answer | undefined): Verdict
  /** How many changes were heard. Take it before the issuer is asked. */
  readonly heard: number
  /** How many sessions and accounts are remembered. */
  readonly size: number
}

/** A change, by its number and the time of day. */
interface Mark {
  readonly heard: number
  readonly at: number
}

/** How much the clocks of issuer and verifier may differ, with the rounding of `iat`. */
const MAX_SKEW_MS = 10_000
/** How long an answer counts while the stream is down. */
const MAX_ANSWER_AGE_MS = 1_000
/** The default ACCESS_TOKEN_TTL. A longer lifetime is learnt from the tokens. */
const MIN_KEPT_MS = 900_000

/** Maximum number of changed sessions, and of changed accounts, that are remembered one by one. */
export const MAX_MARKS = 100_000

/** @param maxMarks smaller in tests */
export function createStanding(fail: FailMode, clock: Clock, maxMarks = MAX_MARKS): Standing {
  const marks = { session: new Map<string, Mark>(), user: new Map<string, Mark>() }
  /** Concerns every session. */
  let all: Mark = { heard: 0, at: Number.NEGATIVE_INFINITY }
  let heard = 0
  let latestAt = Number.NEGATIVE_INFINITY
  let keptMs = MIN_KEPT_MS
  let isUp = false

  /**
   * Forgets the oldest marks: no token of that time is left, or there are too many marks. Tokens of
   * that time become suspect, whatever their session, so the order of forgetting is never unsafe.
   */
  function forget(list: Map<string, Mark>): void {
    for (const [id, mark] of list) {
      if (list.size <= maxMarks && latestAt - mark.at <= keptMs + MAX_SKEW_MS) return
      list.delete(id)
      all = { heard: Math.max(all.heard, mark.heard), at: Math.max(all.at, mark.at) }
    }
  }

  /** A clock that is put back must not make a change older than what was seen before. */
  function advance(): number {
    const now = clock.now()
    latestAt = Math.max(latestAt, now)
    return now
  }

  function concerns(mark: Mark | undefined, issuedAt: number, now: number): mark is Mark {
    if (mark === undefined || mark.heard === 0) return false
    // A token from the future says nothing about the order of its issue and the change.
    return issuedAt <= mark.at + MAX_SKEW_MS || issuedAt > now + MAX_SKEW_MS
  }

  /** The number of the last change that concerns a token; 0 if none does. */
  function lastChangeOf({ sid, userId, issuedAt }: TokenFacts): number {
    const now = advance()
    const found = [all, marks.session.get(sid), marks.user.get(userId)]
    return Math.max(0, ...found.filter((mark) => concerns(mark, issuedAt, now)).map(({ heard }) => heard))
  }

  return {
    hear(change) {
      heard += 1
      advance()
      const mark = { heard, at: latestAt }
      if (change === 'everything') {
        all = mark
        for (const list of Object.values(marks)) list.clear()
        return
      }
      const list = marks[change.of]
      // The list is in the order of the changes.
      list.delete(change.id)
      list.set(change.id, mark)
      for (const each of Object.values(marks)) forget(each)
    },

    setState(state) {
      isUp = state === 'up'
    },

    judge(token, answer) {
      keptMs = Math.max(keptMs, token.expiresAt - token.issuedAt)
      const changed = lastChangeOf(token)
      const counts = answer !== undefined && answer.heard >= changed
      if (counts && !answer.active) return 'ended'
      if (isUp || fail === 'open') return counts || changed === 0 ? 'trusted' : 'suspect'
      return counts && clock.monotonic() - answer.answeredAt <= MAX_ANSWER_AGE_MS ? 'trusted' : 'suspect'
    },

    get heard() {
      return heard
    },
    get size() {
      return marks.session.size + marks.user.size
    },
  }
}
