import type { AuthEvent } from '../../store/events.ts'
import type { Reissue, Rotation, SessionRowWithUser } from '../../store/sessions.ts'
import { aliveAt } from './alive.ts'
import type { Connections } from './connections.ts'
import { and, db, eq, isNull, lte, or, sql } from './drizzle.ts'
import { addEvent } from './events.ts'
import { prepareChange } from './rows.ts'
import { placeholder, prepare, type Statement, type Values } from './statements.ts'
import { sessions } from './tables.ts'

/** The updates of verdicts. Each changes nothing if the row is no longer as the decision saw it. */
export interface Rotations {
  rotate(rotation: Rotation): Promise<SessionRowWithUser | undefined>
  reissue(reissue: Reissue): Promise<SessionRowWithUser | undefined>
  markUsed(id: string, generation: number, at: number): Promise<void>
  confirm(id: string, generation: number, at: number): Promise<void>
}

const value = (name: string) => sql`${sql.placeholder(name)}`

const isGeneration = (name: string) =>
  and(
    eq(sessions.id, placeholder(sessions.id, 'id')),
    eq(sessions.generation, placeholder(sessions.generation, name)),
  )
const laterIdleLimit = sql`greatest(${sessions.idleExpiresAt}, ${sql.placeholder('idleExpiresAt')})`
const isSettled = lte(sessions.handedAt, placeholder(sessions.handedAt, 'settledBy'))

const rotate = prepareChange(
  db
    .update(sessions)
    .set({
      generation: value('to'),
      rotatedAt: value('rotatedAt'),
      handedAt: value('handedAt'),
      usedAt: null,
      fallbacks: 0,
      confirmedAt: null,
      idleExpiresAt: laterIdleLimit,
      lastSeenAt: value('rotatedAt'),
      ip: value('ip'),
      userAgent: value('userAgent'),
    })
    .where(
      and(
        isGeneration('from'),
        lte(sessions.rotatedAt, placeholder(sessions.rotatedAt, 'settledBy')),
        or(isNull(sessions.handedAt), isSettled),
        aliveAt('arrived'),
      ),
    ),
)

const reissued = { handedAt: value('handedAt'), idleExpiresAt: laterIdleLimit }
const reissue = prepareChange(
  db
    .update(sessions)
    .set(reissued)
    .where(and(isGeneration('generation'), aliveAt('arrived'))),
)
const fallBack = prepareChange(
  db
    .update(sessions)
    .set({ ...reissued, usedAt: null, fallbacks: 1 })
    .where(and(isGeneration('generation'), eq(sessions.fallbacks, 0), aliveAt('arrived'))),
)

const firstProof = and(isGeneration('generation'), isNull(sessions.confirmedAt), isNull(sessions.revokedAt))
const confirm = prepare(
  db
    .update(sessions)
    .set({ confirmedAt: value('at') })
    .where(firstProof),
  {},
)
const markUsed = prepare(
  db
    .update(sessions)
    .set({ usedAt: value('at') })
    .where(and(firstProof, isNull(sessions.usedAt))),
  {},
)

export function createRotations(connections: Connections): Rotations {
  /** Stores a change and its event together or not at all. */
  const withEvent = (change: Statement<SessionRowWithUser>, values: Values, event: AuthEvent) =>
    connections.transaction(async (transaction) => {
      const changed = await transaction.get(change, values)
      if (changed !== undefined) await addEvent(transaction, event)
      return changed
    })

  return {
    rotate: ({ event, ...values }) =>
      event === undefined ? connections.get(rotate, values) : withEvent(rotate, values, event),
    reissue: ({ event, ...values }) =>
      event === undefined ? connections.get(reissue, values) : withEvent(fallBack, values, event),
    markUsed: async (id, generation, at) => void (await connections.run(markUsed, { id, generation, at })),
    confirm: async (id, generation, at) => void (await connections.run(confirm, { id, generation, at })),
  }
}
