import type { AuthEvent } from '../../store/events.ts'
import type { Reissue, Rotation, SessionRow } from '../../store/sessions.ts'
import { aliveAt } from './alive.ts'
import { and, eq, isNull, lte, or, sql } from './drizzle.ts'
import type { SqliteConnection } from './open.ts'
import { placeholder } from './placeholder.ts'
import { sessions } from './tables.ts'
import { prepareWholeRow } from './whole-row.ts'

/** The updates of verdicts. Each changes nothing if the row is no longer as the decision saw it. */
export interface Rotations {
  rotate(rotation: Rotation): SessionRow | undefined
  reissue(reissue: Reissue): SessionRow | undefined
  markUsed(id: string, generation: number, at: number): void
  confirm(id: string, generation: number, at: number): void
}

export function createRotations(
  connection: SqliteConnection,
  addEvent: (event: AuthEvent) => void,
): Rotations {
  const { db, driver } = connection
  const isGeneration = (name: string) =>
    and(
      eq(sessions.id, placeholder(sessions.id, 'id')),
      eq(sessions.generation, placeholder(sessions.generation, name)),
    )
  const laterIdleLimit = sql`max(${sessions.idleExpiresAt}, ${sql.placeholder('idleExpiresAt')})`
  const isSettled = lte(sessions.handedAt, placeholder(sessions.handedAt, 'settledBy'))

  const rotate = prepareWholeRow(
    connection,
    sessions,
    db
      .update(sessions)
      .set({
        generation: sql`${sql.placeholder('to')}`,
        rotatedAt: sql`${sql.placeholder('rotatedAt')}`,
        handedAt: sql`${sql.placeholder('handedAt')}`,
        usedAt: null,
        fallbacks: 0,
        confirmedAt: null,
        idleExpiresAt: laterIdleLimit,
        lastSeenAt: sql`${sql.placeholder('rotatedAt')}`,
        ip: sql`${sql.placeholder('ip')}`,
        userAgent: sql`${sql.placeholder('userAgent')}`,
      })
      .where(
        and(
          isGeneration('from'),
          lte(sessions.rotatedAt, placeholder(sessions.rotatedAt, 'settledBy')),
          or(isNull(sessions.handedAt), isSettled),
          aliveAt('arrived'),
        ),
      )
      .returning(),
  )

  const reissued = {
    handedAt: sql`${sql.placeholder('handedAt')}`,
    idleExpiresAt: laterIdleLimit,
  }
  const reissue = prepareWholeRow(
    connection,
    sessions,
    db
      .update(sessions)
      .set(reissued)
      .where(and(isGeneration('generation'), aliveAt('arrived')))
      .returning(),
  )
  const fallBack = prepareWholeRow(
    connection,
    sessions,
    db
      .update(sessions)
      .set({ ...reissued, usedAt: null, fallbacks: 1 })
      .where(and(isGeneration('generation'), eq(sessions.fallbacks, 0), aliveAt('arrived')))
      .returning(),
  )

  const firstProof = and(isGeneration('generation'), isNull(sessions.confirmedAt), isNull(sessions.revokedAt))
  const confirm = db
    .update(sessions)
    .set({ confirmedAt: sql`${sql.placeholder('at')}` })
    .where(firstProof)
    .prepare()
  const markUsed = db
    .update(sessions)
    .set({ usedAt: sql`${sql.placeholder('at')}` })
    .where(and(firstProof, isNull(sessions.usedAt)))
    .prepare()

  /** Stores a change and its event together or not at all. */
  const withEvent = (change: () => SessionRow | undefined, event: AuthEvent): SessionRow | undefined =>
    driver
      .transaction(() => {
        const changed = change()
        if (changed !== undefined) addEvent(event)
        return changed
      })
      .immediate()

  return {
    rotate({ event, ...rotation }) {
      return event === undefined ? rotate(rotation) : withEvent(() => rotate(rotation), event)
    },
    reissue({ event, ...values }) {
      return event === undefined ? reissue(values) : withEvent(() => fallBack(values), event)
    },
    markUsed(id, generation, at) {
      markUsed.run({ id, generation, at })
    },
    confirm(id, generation, at) {
      confirm.run({ id, generation, at })
    },
  }
}
