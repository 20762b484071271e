import type { SessionRowWithUser, SessionStore } from '../../store/sessions.ts'
import { rolesOf } from '../access-change.ts'
import { aliveAt } from './alive.ts'
import { createBatches } from './batches.ts'
import { createBeginSession } from './begin-session.ts'
import type { PostgresChanges } from './changes.ts'
import type { Connections } from './connections.ts'
import { and, db, desc, eq } from './drizzle.ts'
import type { Endings } from './endings.ts'
import { createRotations } from './rotations.ts'
import { lockUsers, manySessionsWithUsers, sessionColumns, sessionWithUser } from './rows.ts'
import { denialOf } from './standing.ts'
import { placeholder, prepare } from './statements.ts'
import { sessions } from './tables.ts'

const live = { userId: sessions.userId, generation: sessions.generation }
const liveById = prepare(
  db
    .select(live)
    .from(sessions)
    .where(and(eq(sessions.id, placeholder(sessions.id, 'id')), aliveAt('at'))),
  live,
)
const lockedLiveById = prepare(
  db
    .select(live)
    .from(sessions)
    .where(and(eq(sessions.id, placeholder(sessions.id, 'id')), aliveAt('at')))
    .for('update'),
  live,
)
const ofUser = prepare(
  db
    .select()
    .from(sessions)
    .where(and(eq(sessions.userId, placeholder(sessions.userId, 'userId')), aliveAt('at')))
    .orderBy(desc(sessions.lastSeenAt)),
  sessionColumns,
)

export function createPostgresSessions(
  connections: Connections,
  changes: PostgresChanges,
  { endSession, endSessionsOf }: Endings,
): SessionStore {
  const rotations = createRotations(connections)
  const findInBatches = createBatches<string, SessionRowWithUser | undefined>({
    keyOf: (id) => id,
    isShared: true,
    alone: (id) => connections.get(sessionWithUser, { id }),
    async together(ids) {
      const values = { ids: ids.map((id) => sessions.id.mapToDriverValue(id)) }
      const rows = await connections.all(manySessionsWithUsers, values)
      const found = new Map(rows.map((row) => [row.session.id, row]))
      return new Map(ids.map((id) => [id, found.get(id)]))
    },
  })

  return {
    createSession: createBeginSession(connections, changes),
    findSession: findInBatches,
    currentGeneration: async (id, at) => (await connections.get(liveById, { id, at }))?.generation ?? null,
    rotateSession: rotations.rotate,
    reissueSession: rotations.reissue,
    markUsed: rotations.markUsed,
    confirmSession: rotations.confirm,
    endSession: (...ending) => connections.transaction((transaction) => endSession(transaction, ...ending)),
    endSessionsOf: (userId, reason, at, keepSessionId) =>
      connections.transaction(async (transaction) => {
        await lockUsers(transaction, [userId])
        return endSessionsOf(transaction, userId, reason, at, keepSessionId)
      }),
    endSessionsFor: ({ userId, sid, reason, at }, by) =>
      connections.transaction(async (transaction) => {
        const userOf = await lockUsers(transaction, [userId, by.userId])
        const user = userOf(userId)
        const denied = await denialOf(transaction, userOf(by.userId), by, rolesOf(user), at)
        if (denied) return { kind: denied }
        if (user === undefined) return UNKNOWN
        if (sid === undefined) {
          return { kind: 'ended', sids: await endSessionsOf(transaction, userId, reason, at, null) }
        }
        if ((await transaction.get(lockedLiveById, { id: sid, at }))?.userId !== userId) return UNKNOWN
        await endSession(transaction, sid, reason, at)
        return { kind: 'ended', sids: [sid] }
      }),
    listSessions: (userId, at) => connections.all(ofUser, { userId, at }),
  }
}

const UNKNOWN = { kind: 'unknown' } as const
