import { and, desc, eq, isNull, sql } from '../drizzle.ts'
import type { SessionStore } from '../store.ts'
import { sessions, users } from '../tables.ts'
import type { EndMany } from './accounts.ts'
import { aliveAt } from './alive.ts'
import { type Besides, createBeginSession } from './begin-session.ts'
import { createById } from './by-id.ts'
import type { SqliteChanges } from './changes.ts'
import type { SqliteConnection } from './open.ts'
import { placeholder } from './placeholder.ts'
import type { Synchronous } from './synchronous.ts'

export function createSqliteSessions(
  connection: SqliteConnection,
  changes: SqliteChanges,
  endMany: EndMany,
  besides: Besides,
): Synchronous<SessionStore> {
  const { db, driver } = connection
  const sessionById = createById(connection, sessions)
  const userById = createById(connection, users)

  const generation = db
    .select({ generation: sessions.generation })
    .from(sessions)
    .where(and(eq(sessions.id, placeholder(sessions.id, 'id')), aliveAt('at')))
    .prepare()

  const rotate = db
    .update(sessions)
    .set({
      generation: sql`${sql.placeholder('to')}`,
      rotatedAt: sql`${sql.placeholder('rotatedAt')}`,
      confirmedAt: null,
      idleExpiresAt: sql`${sql.placeholder('idleExpiresAt')}`,
      lastSeenAt: sql`${sql.placeholder('rotatedAt')}`,
      ip: sql`${sql.placeholder('ip')}`,
      userAgent: sql`${sql.placeholder('userAgent')}`,
    })
    .where(
      and(
        eq(sessions.id, placeholder(sessions.id, 'id')),
        eq(sessions.generation, placeholder(sessions.generation, 'from')),
        aliveAt('arrived'),
      ),
    )
    .prepare()

  const confirm = db
    .update(sessions)
    .set({ confirmedAt: sql`${sql.placeholder('at')}` })
    .where(
      and(
        eq(sessions.id, placeholder(sessions.id, 'id')),
        eq(sessions.generation, placeholder(sessions.generation, 'generation')),
        isNull(sessions.confirmedAt),
        isNull(sessions.revokedAt),
      ),
    )
    .prepare()

  const end = db
    .update(sessions)
    .set({ revokedAt: sql`${sql.placeholder('at')}`, revokedReason: sql`${sql.placeholder('reason')}` })
    .where(and(eq(sessions.id, placeholder(sessions.id, 'id')), isNull(sessions.revokedAt)))
    .prepare()

  const ofUser = db
    .select()
    .from(sessions)
    .where(and(eq(sessions.userId, placeholder(sessions.userId, 'userId')), aliveAt('at')))
    .orderBy(desc(sessions.lastSeenAt))
    .prepare()

  return {
    createSession: createBeginSession(connection, changes, besides),
    findSession(id) {
      // Two look-ups and no join, which takes three times as long. Should the account change in between, the feed tells of it
      // before anything that was made of these rows is used again.
      const session = sessionById(id)
      const user = session && userById(session.userId)
      return user && { session, user }
    },
    currentGeneration: (id, at) => generation.get({ id, at })?.generation ?? null,
    rotateSession: (rotation) => rotate.run({ ...rotation }).changes === 1,
    confirmSession(id, generation, at) {
      confirm.run({ id, generation, at })
    },
    endSession: (id, reason, at) =>
      driver
        .transaction(() => {
          const ended = end.run({ id, reason, at }).changes === 1
          if (ended) changes.add(id, at)
          return ended
        })
        .immediate(),
    endSessionsOf: (userId, reason, at, keepSessionId) =>
      driver.transaction(() => endMany(userId, reason, at, keepSessionId)).immediate(),
    listSessions: (userId, at) => ofUser.all({ userId, at }),
  }
}
