import type { AuthEvent } from '../../store/events.ts'
import type { RevokedReason, SessionRow, SessionRowWithUser, SessionStore } from '../../store/sessions.ts'
import type { MailFor } from '../../store/user-row.ts'
import type { EndSessionsOfUser } from './accounts.ts'
import { aliveAt } from './alive.ts'
import { createBeginSession, type SignInEffects } from './begin-session.ts'
import type { SqliteChanges } from './changes.ts'
import { and, desc, eq, isNull, sql } from './drizzle.ts'
import type { SqliteConnection } from './open.ts'
import { placeholder } from './placeholder.ts'
import { createRotations } from './rotations.ts'
import { createStanding } from './standing.ts'
import type { Synchronous } from './synchronous.ts'
import { sessions, users } from './tables.ts'
import { prepareById } from './whole-row.ts'

export function createSqliteSessions(
  connection: SqliteConnection,
  changes: SqliteChanges,
  endSessionsOfUser: EndSessionsOfUser,
  effects: SignInEffects,
): Synchronous<SessionStore> {
  const { db, driver } = connection
  const sessionById = prepareById(connection, sessions)
  const userById = prepareById(connection, users)
  const standing = createStanding(connection, userById)

  const generation = db
    .select({ generation: sessions.generation })
    .from(sessions)
    .where(and(eq(sessions.id, placeholder(sessions.id, 'id')), aliveAt('at')))
    .prepare()

  const rotations = createRotations(connection, effects.addEvent)

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

  /** Two look-ups: a join takes three times as long. */
  function withUser(session: SessionRow | undefined): SessionRowWithUser | undefined {
    const user = session && userById(session.userId)
    return user && { session, user }
  }

  /** The caller has a transaction open. */
  function endOne(
    id: string,
    reason: RevokedReason,
    at: number,
    event?: AuthEvent,
    mailFor?: MailFor,
  ): boolean {
    if (end.run({ id, reason, at }).changes !== 1) return false
    changes.add(id, at)
    if (event !== undefined) effects.addEvent(event)
    if (mailFor) writeMail(id, mailFor)
    return true
  }

  function writeMail(sid: string, mailFor: MailFor): void {
    const found = withUser(sessionById(sid))
    // The foreign key gives every session an account.
    if (found !== undefined) effects.addAll(mailFor(found.user))
  }

  return {
    createSession: createBeginSession(connection, userById, changes, effects),
    // If the account changes between the two look-ups, the change feed says so before a cached
    // result is used again.
    findSession: (id) => withUser(sessionById(id)),
    currentGeneration: (id, at) => generation.get({ id, at })?.generation ?? null,
    rotateSession: (rotation) => withUser(rotations.rotate(rotation)),
    reissueSession: (reissue) => withUser(rotations.reissue(reissue)),
    markUsed: rotations.markUsed,
    confirmSession: rotations.confirm,
    endSession: (...ending) => driver.transaction(() => endOne(...ending)).immediate(),
    endSessionsOf: (userId, reason, at, keepSessionId) =>
      driver.transaction(() => endSessionsOfUser(userId, reason, at, keepSessionId)).immediate(),
    endSessionsFor: ({ userId, sid, reason, at }, by) =>
      driver
        .transaction(() => {
          const user = userById(userId)
          const denied = standing.denial(by, user === undefined ? [] : [user.role], at)
          if (denied) return { kind: denied }
          if (user === undefined) return UNKNOWN
          if (sid === undefined)
            return { kind: 'ended' as const, sids: endSessionsOfUser(userId, reason, at, null) }
          const isOfUser =
            sessionById(sid)?.userId === userId && generation.get({ id: sid, at }) !== undefined
          if (!isOfUser) return UNKNOWN
          endOne(sid, reason, at)
          return { kind: 'ended' as const, sids: [sid] }
        })
        .immediate(),
    listSessions: (userId, at) => ofUser.all({ userId, at }),
  }
}

const UNKNOWN = { kind: 'unknown' } as const
