/**
 * Carries out the verdicts of rotation.ts: the writes, the events and the refusals.
 *
 * Each write compares the values that the decision used. If another request was faster, nothing is
 * written or issued. The caller then reads the row again and decides again.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Client, Events, EventType } from '../audit/events.ts'
import type { RefusalEvents } from '../audit/refusal-events.ts'
import type { Clock } from '../clock.ts'
import { AuthError } from '../errors.ts'
import type { MailNotices } from '../mail/notices.ts'
import type { Need, Verdict } from '../protocol/rotation.ts'
import type { AuthEvent, EventFacts } from '../store/events.ts'
import type { SessionRow, SessionRowWithUser, SessionStore } from '../store/sessions.ts'
import { endedError, endedSession } from './ended.ts'
import type { Issuance, Issuances, Outcome } from './issuance.ts'

/** A request that presents a refresh token. */
export interface RefreshRequest {
  /** When the request's head arrived, in milliseconds since the Unix epoch. */
  readonly arrived: number
  readonly client: Client
  /** `claims` if the access token was valid but the account's role or permissions have changed. */
  readonly need?: Need | undefined
  /** Whether the client has closed the connection. Undefined means that it has not. */
  readonly isGone?: () => boolean
}

export interface VerdictsOptions {
  readonly store: SessionStore
  readonly clock: Clock
  readonly issuances: Issuances
  readonly events: Events
  readonly refusalEvents: RefusalEvents
  readonly settleMs: number
  /** The mail about reuse. */
  readonly notices: Pick<MailNotices, 'sessionReused'>
}

export interface Presented {
  readonly session: SessionRow
  /** Generation of the refresh token. */
  readonly generation: number
  /** Version of the principal cache, taken before the row was read. */
  readonly feedVersion: number
  readonly request: RefreshRequest
}

/** A hold writes nothing. */
export type ActiveVerdict = Exclude<Verdict, { kind: 'hold' }>

export interface Verdicts {
  /** Undefined if another request was faster. Rejects with the refusal of the verdict. */
  carryOut(verdict: ActiveVerdict, presented: Presented): Promise<Issuance | undefined>
}

type Move = Extract<Verdict, { kind: 'rotate' | 'adopt' }>
type Reissue = Extract<Verdict, { kind: 'reissue' | 'fall-back' }>
type Change = (event: AuthEvent | undefined) => Promise<SessionRowWithUser | undefined>

export function createVerdicts(options: VerdictsOptions): Verdicts {
  const { store, clock, issuances, events, refusalEvents, settleMs, notices } = options

  const detailsOf = ({ session, generation, request }: Presented, facts?: Partial<EventFacts>) => ({
    userId: session.userId,
    sid: session.id,
    client: request.client,
    facts: { presented: generation, current: session.generation, ...facts },
  })

  /** Writes a change together with its event, if it has one, and issues the tokens. */
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
    // Not the arrival: the settle time begins when the token leaves, and the request may have
    // waited.
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

  function reissue({ kind, generation }: Reissue, presented: Presented): Promise<Issuance | undefined> {
    const { session, request } = presented
    const handedAt = clock.now()
    const idleExpiresAt = issuances.idleLimitOfReissue(session, handedAt)
    const fields = { id: session.id, generation, handedAt, arrived: request.arrived, idleExpiresAt }
    const reissued: Change = (event) => store.reissueSession({ ...fields, event })
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
    // A process that was paused reads requests of clients that have disconnected. It sees the
    // closed socket one turn later; the first wait ends in the turn that read the request.
    await nextTurn()
    await nextTurn()
    if (request.isGone?.()) return late(presented, 'the client has gone')
    const heldMs = confirmedAt === null ? null : request.arrived - confirmedAt
    const details = detailsOf(presented, {
      secondsSinceReceipt: heldMs === null ? null : Math.floor(heldMs / 1_000),
      rotatedBy: { ip, userAgent },
    })
    const event = events.rowOf('refresh-reused', details)
    const mailFor = notices.sessionReused(request.client)
    const hasEnded = await store.endSession(session.id, 'reuse', clock.now(), event, mailFor)
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
          return reissue(verdict, presented)
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
