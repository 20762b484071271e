/**
 * The updates of verdicts. Each changes nothing if the row is no longer as the decision saw it.
 *
 * The updates of a usual refresh are sent in batches: one statement and one commit for the calls of
 * many clients. An update with an event is a transaction of its own.
 */
import type { AuthEvent } from '../../store/events.ts'
import type { Reissue, Rotation, SessionRowWithUser } from '../../store/sessions.ts'
import { aliveWhen } from './alive.ts'
import { createBatches } from './batches.ts'
import type { Connections } from './connections.ts'
import { and, db, eq, isNull, lte, or, sql } from './drizzle.ts'
import { addEvent } from './events.ts'
import { prepareChangeOfMany, type SessionChange, type Source } from './given-sessions.ts'
import { prepareChange } from './rows.ts'
import { placeholder, prepare, type Statement, type Values } from './statements.ts'
import { sessions } from './tables.ts'

export interface Rotations {
  rotate(rotation: Rotation): Promise<SessionRowWithUser | undefined>
  reissue(reissue: Reissue): Promise<SessionRowWithUser | undefined>
  markUsed(id: string, generation: number, at: number): Promise<void>
  confirm(id: string, generation: number, at: number): Promise<void>
}

const value: Source = (name) => sql`${sql.placeholder(name)}`
const isSession = eq(sessions.id, placeholder(sessions.id, 'id'))
const isGeneration = (from: Source, name = 'generation') => eq(sessions.generation, from(name))
const laterIdleLimit = (from: Source) => sql`greatest(${sessions.idleExpiresAt}, ${from('idleExpiresAt')})`

const rotated = (from: Source): SessionChange => ({
  generation: from('to'),
  rotatedAt: from('rotatedAt'),
  handedAt: from('handedAt'),
  usedAt: null,
  fallbacks: 0,
  confirmedAt: null,
  idleExpiresAt: laterIdleLimit(from),
  lastSeenAt: from('rotatedAt'),
  ip: from('ip'),
  userAgent: from('userAgent'),
})
const mayRotate = (from: Source) =>
  and(
    isGeneration(from, 'from'),
    lte(sessions.rotatedAt, from('settledBy')),
    or(isNull(sessions.handedAt), lte(sessions.handedAt, from('settledBy'))),
    aliveWhen(from('arrived')),
  )
const rotate = prepareChange(
  db
    .update(sessions)
    .set(rotated(value))
    .where(and(isSession, mayRotate(value))),
)
const rotateMany = prepareChangeOfMany(
  {
    ...{ from: 'bigint', to: 'bigint', rotatedAt: 'bigint', handedAt: 'bigint', idleExpiresAt: 'bigint' },
    ...{ settledBy: 'bigint', arrived: 'bigint', ip: 'text', userAgent: 'text' },
  },
  rotated,
  mayRotate,
)

const reissued = { handedAt: value('handedAt'), idleExpiresAt: laterIdleLimit(value) }
const mayReissue = and(isSession, isGeneration(value), aliveWhen(value('arrived')))
const reissue = prepareChange(db.update(sessions).set(reissued).where(mayReissue))
const fallBack = prepareChange(
  db
    .update(sessions)
    .set({ ...reissued, usedAt: null, fallbacks: 1 })
    .where(and(mayReissue, eq(sessions.fallbacks, 0))),
)

const isFirstProof = (from: Source) =>
  and(isGeneration(from), isNull(sessions.confirmedAt), isNull(sessions.revokedAt))
const confirmed = (from: Source): SessionChange => ({ confirmedAt: from('at') })
const confirm = prepare(
  db
    .update(sessions)
    .set(confirmed(value))
    .where(and(isSession, isFirstProof(value))),
  {},
)
const confirmMany = prepareChangeOfMany({ generation: 'bigint', at: 'bigint' }, confirmed, isFirstProof)
const markUsed = prepare(
  db
    .update(sessions)
    .set({ usedAt: value('at') })
    .where(and(isSession, isFirstProof(value), isNull(sessions.usedAt))),
  {},
)

type Many = ReturnType<typeof prepareChangeOfMany<string>>

export function createRotations(connections: Connections): Rotations {
  /** Stores a change and its event together or not at all. */
  const withEvent = (change: Statement<SessionRowWithUser>, values: Values, event: AuthEvent) =>
    connections.transaction(async (transaction) => {
      const changed = await transaction.get(change, values)
      if (changed !== undefined) await addEvent(transaction, event)
      return changed
    })

  async function changeMany({ statement, valuesOf }: Many, calls: readonly Rotation[] | readonly Proof[]) {
    const changed = await connections.all(statement, valuesOf(calls as never))
    return new Map(changed.map((row) => [row.session.id, row]))
  }

  const rotateInBatches = createBatches<Rotation, SessionRowWithUser | undefined>({
    keyOf: ({ id }) => id,
    alone: (rotation) => connections.get(rotate, { ...rotation }),
    together: (rotations) => changeMany(rotateMany, rotations),
  })
  const confirmInBatches = createBatches<Proof, unknown>({
    keyOf: ({ id }) => id,
    alone: (proof) => connections.run(confirm, { ...proof }),
    together: (proofs) => changeMany(confirmMany, proofs),
  })

  return {
    rotate: ({ event, ...values }) =>
      event === undefined ? rotateInBatches(values) : withEvent(rotate, values, event),
    reissue: ({ event, ...values }) =>
      event === undefined ? connections.get(reissue, values) : withEvent(fallBack, values, event),
    markUsed: async (id, generation, at) => void (await connections.run(markUsed, { id, generation, at })),
    confirm: async (id, generation, at) => void (await confirmInBatches({ id, generation, at })),
  }
}

interface Proof {
  readonly id: string
  readonly generation: number
  readonly at: number
}
