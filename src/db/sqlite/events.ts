import type { AuthEvent, EventStore } from '../../store/events.ts'
import { and, desc, eq, gte, inArray, lt, sql } from './drizzle.ts'
import type { SqliteConnection } from './open.ts'
import type { Synchronous } from './synchronous.ts'
import { authEvents } from './tables.ts'

/** @param added receives each new event with its id */
export function createSqliteEvents(
  { db }: SqliteConnection,
  added: (id: number, event: AuthEvent) => void,
): Synchronous<EventStore> {
  const add = db
    .insert(authEvents)
    .values({
      at: sql.placeholder('at'),
      type: sql.placeholder('type'),
      userId: sql.placeholder('userId'),
      sessionId: sql.placeholder('sessionId'),
      actorId: sql.placeholder('actorId'),
      ip: sql.placeholder('ip'),
      userAgent: sql.placeholder('userAgent'),
      reason: sql.placeholder('reason'),
      facts: sql.placeholder('facts'),
    })
    .prepare()

  return {
    addEvent(event) {
      const { lastInsertRowid } = add.run({ ...event })
      added(Number(lastInsertRowid), event)
    },
    listEvents: (limit, { type, types, since, userId, actorId, before } = {}) =>
      db
        .select()
        .from(authEvents)
        .where(
          and(
            type === undefined ? undefined : eq(authEvents.type, type),
            types === undefined ? undefined : inArray(authEvents.type, [...types]),
            since === undefined ? undefined : gte(authEvents.at, since),
            userId === undefined ? undefined : eq(authEvents.userId, userId),
            actorId === undefined ? undefined : eq(authEvents.actorId, actorId),
            before === undefined ? undefined : lt(authEvents.id, before),
          ),
        )
        .orderBy(desc(authEvents.id))
        .limit(limit)
        .all(),
  }
}
