import type { AuthEvent, EventStore } from '../../store/events.ts'
import { and, db, desc, eq, getTableColumns, gte, inArray, lt, sql } from './drizzle.ts'
import { prepare } from './statements.ts'
import { authEvents } from './tables.ts'
import type { Executor } from './transactions.ts'

const add = prepare(
  db.insert(authEvents).values({
    at: sql.placeholder('at'),
    type: sql.placeholder('type'),
    userId: sql.placeholder('userId'),
    sessionId: sql.placeholder('sessionId'),
    actorId: sql.placeholder('actorId'),
    ip: sql.placeholder('ip'),
    userAgent: sql.placeholder('userAgent'),
    reason: sql.placeholder('reason'),
    facts: sql.placeholder('facts'),
  }),
  {},
)

export const addEvent = async (executor: Executor, event: AuthEvent): Promise<void> =>
  void (await executor.run(add, { ...event }))

export function createPostgresEvents(executor: Executor): EventStore {
  return {
    addEvent: (event) => addEvent(executor, event),
    listEvents(limit, { type, types, since, userId, actorId, before } = {}) {
      const query = db
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
      return executor.all(prepare(query, getTableColumns(authEvents)))
    },
  }
}
