import { and, desc, eq, isNull, sql } from '../drizzle.ts'
import type { Session, SessionStore, SessionWithUser } from '../store.ts'
import { sessions, users } from '../tables.ts'
import type { EndMany } from './accounts.ts'
import { aliveAt } from './alive.ts'
import { type Besides, createBeginSession } from './begin-session.ts'
import type { SqliteChanges } from './changes.ts'
import type { SqliteConnection } from './open.ts'
import { placeholder } from './placeholder.ts'
import { createRotations } from './rotations.ts'
import type { Synchronous } from './synchronous.ts'
import { prepareById } from './whole-row.ts'

export function createSqliteSessions(
  connection: SqliteConnection,
  changes: SqliteChanges,
  endMany: EndMany,
  besides: Besides,
): Synchronous<SessionStore> {
  const { db, driver } = connection
  const sessionById = prepareById(connection, sessions)
  const userById = prepareById(connection, users)

  const generation = db
    .select({ generation: sessions.generation })
    .from(sessions)
    .where(and(eq(sessions.id, placeholder(sessions.id, 'id')), aliveAt('at')))
    .prepare()

  const rotations = createRotations(connection, besides.addEvent)

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

  /** Two look-ups and no join, which takes three times as long. */
  function withUser(session: Session | undefined): SessionWithUser | undefined {
    const user = session && userById(session.userId)
    return user && { session, user }
  }

  return {
    createSession: createBeginSession(connection, changes, besides),
    // Should the account change between the two, the feed tells of it before anything that was made of them is used again.
    findSession: (id) => withUser(sessionById(id)),
    currentGeneration: (id, at) => generation.get({ id, at })?.generation ?? null,
    rotateSession: (rotation) => withUser(rotations.rotate(rotation)),
    reissueSession: (reissue) => withUser(rotations.reissue(reissue)),
    markUsed: rotations.markUsed,
    confirmSession: rotations.confirm,
    endSession: (id, reason, at, event) =>
      driver
        .transaction(() => {
          const ended = end.run({ id, reason, at }).changes === 1
          if (ended) changes.add(id, at)
          if (ended && event !== undefined) besides.addEvent(event)
          return ended
        })
        .immediate(),
    endSessionsOf: (userId, reason, at, keepSessionId) =>
      driver.transaction(() => endMany(userId, reason, at, keepSessionId)).immediate(),
    listSessions: (userId, at) => ofUser.all({ userId, at }),
  }
}
