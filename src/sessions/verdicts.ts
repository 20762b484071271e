/**
 * Carries out what rotation.ts decides: the writes, the events and the refusals.
 *
 * Each write compares what the decision was made by. Where another request was faster, nothing is written and nothing
 * is issued; the caller reads the row again and decides again.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Client, Events, EventType } from '../audit/events.ts'
import type { RefusalEvents } from '../audit/refusal-events.ts'
import type { Clock } from '../clock.ts'
import { AuthError } from '../errors.ts'
import type { Need, Verdict } from '../protocol/rotation.ts'
import type { AuthEvent, EventFacts } from '../store/events.ts'
import type { SessionRow, SessionRowWithUser, SessionStore } from '../store/sessions.ts'
import { endedError, endedSession } from './ended.ts'
import type { Issuance, Issuances, Outcome } from './issuance.ts'

/** A request that shows a refresh token. */
export interface RefreshRequest {
  /** When the request's head arrived, in milliseconds since the Unix epoch. */
  readonly arrived: number
  readonly client: Client
  /** `claims` when the access token was good but for what it says of the account. */
  readonly need?: Need | undefined
  /** Whether the client has closed the connection. Left out: it is still there. */
  readonly isGone?: () => boolean
}

export interface VerdictsOptions {
  readonly store: SessionStore
  readonly clock: Clock
  readonly issuances: Issuances
  readonly events: Events
  readonly refusalEvents: RefusalEvents
  readonly settleMs: number
}

export interface Presented {
  readonly session: SessionRow
  /** Generation of the refresh token. */
  readonly generation: number
  /** As the principal cache gave it before the row was read. */
  readonly feedVersion: number
  readonly request: RefreshRequest
}

/** A hold needs nothing to be carried out. */
export type ActiveVerdict = Exclude<Verdict, { kind: 'hold' }>

export interface Verdicts {
  /** Undefined when another request was faster. Rejects with the refusal that the verdict asks for. */
  carryOut(verdict: ActiveVerdict, presented: Presented): Promise<Issuance | undefined>
}

type Move = Extract<Verdict, { kind: 'rotate' | 'adopt' }>
type Again = Extract<Verdict, { kind: 'reissue' | 'fall-back' }>
type Change = (event: AuthEvent | undefined) => Promise<SessionRowWithUser | undefined>

export function createVerdicts(options: VerdictsOptions): Verdicts {
  const { store, clock, issuances, events, refusalEvents, settleMs } = options

  const detailsOf = ({ session, generation, request }: Presented, facts?: Partial<EventFacts>) => ({
    userId: session.userId,
    sid: session.id,
    client: request.client,
    facts: { presented: generation, current: session.generation, ...facts },
  })

  /** Writes a change, along with the event that tells of it where there is one. */
  async function issued(change: Change, presented: Presented, outcome: Outcome, type?: EventType) {
    const details = detailsOf(presented)
    const changed = await change(type && events.rowOf(type, details))
    if (changed === undefined) return undefined
    if (type !== undefined) events.announce(type, details)
    return issuances.issue(changed, presented.feedVersion, outcome)
  }

  function move({ kind, from, to }: Move, presented: Presented): Promise<Issuance | undefined> {
    const { session, request } = presented
    const { ip, userAgent } = request.client
    // Not the arrival: the settle time counts from when the token leaves, and the request may have waited.
    const rotatedAt = clock.now()
    const idleExpiresAt = issuances.idleLimit(session, rotatedAt)
    const moved = { id: session.id, from, to, rotatedAt, idleExpiresAt, ip, userAgent }
    const { arrived } = request
    if (kind === 'rotate') {
      const rotation = { ...moved, arrived, handedAt: null, settledBy: arrived - settleMs }
      return issued(() => store.rotateSession(rotation), presented, 'rotated')
    }
    const adoption = { ...moved, arrived, handedAt: rotatedAt, settledBy: Number.MAX_SAFE_INTEGER }
    const adopt: Change = (event) => store.rotateSession({ ...adoption, event })
    return issued(adopt, presented, 'forwarded', 'session-forwarded')
  }

  function handAgain({ kind, generation }: Again, presented: Presented): Promise<Issuance | undefined> {
    const { session, request } = presented
    const handedAt = clock.now()
    const idleExpiresAt = issuances.idleLimitOfReissue(session, handedAt)
    const reissue = { id: session.id, generation, handedAt, arrived: request.arrived, idleExpiresAt }
    const reissued: Change = (event) => store.reissueSession({ ...reissue, event })
    return kind === 'reissue'
      ? issued(reissued, presented, 'reissued')
      : issued(reissued, presented, 'fell-back', 'session-fell-back')
  }

  async function late(presented: Presented, reason?: string): Promise<never> {
    const details = { ...detailsOf(presented), reason }
    await refusalEvents.record('refresh-late', presented.session.id, details)
    throw new AuthError('REFRESH_LATE')
  }

  async function reuse(presented: Presented): Promise<never> {
    const { session, request } = presented
    const { confirmedAt, ip, userAgent } = session
    // A process that was paused reads requests whose clients gave up long ago, and learns of that in the next turn.
    // The first wait ends in the turn that has read the request, before its sockets are looked at again.
    await nextTurn()
    await nextTurn()
    if (request.isGone?.()) return late(presented, 'the client has gone')
    const heldMs = confirmedAt === null ? null : request.arrived - confirmedAt
    const details = detailsOf(presented, {
      secondsSinceReceipt: heldMs === null ? null : Math.floor(heldMs / 1_000),
      rotatedBy: { ip, userAgent },
    })
    const event = events.rowOf('refresh-reused', details)
    const hasEnded = await store.endSession(session.id, 'reuse', clock.now(), event)
    if (hasEnded) events.announce('refresh-reused', details)
    throw new AuthError('REFRESH_REUSED')
  }

  return {
    async carryOut(verdict, presented) {
      switch (verdict.kind) {
        case 'rotate':
        case 'adopt':
          return move(verdict, presented)
        case 'reissue':
        case 'fall-back':
          return handAgain(verdict, presented)
        case 'ended':
          throw endedError(endedSession(verdict.reason, presented.session, presented.request.arrived))
        case 'late':
          return late(presented)
        case 'reuse':
          return reuse(presented)
      }
    },
  }
}
