/** Statements for whole rows of accounts and sessions. */

import type { SQL } from 'drizzle-orm'
import type { UserRow } from '../../store/user-row.ts'
import { db, eq, getTableColumns, inArray, sql } from './drizzle.ts'
import { placeholder, prepare, prepareJoined } from './statements.ts'
import { sessions, users } from './tables.ts'
import type { Transaction } from './transactions.ts'

export const sessionColumns = getTableColumns(sessions)
export const userColumns = getTableColumns(users)

export const userById = prepare(
  db
    .select()
    .from(users)
    .where(eq(users.id, placeholder(users.id, 'id'))),
  userColumns,
)

const sessionsWithUsers = (condition: SQL) =>
  prepareJoined(db.select().from(sessions).innerJoin(users, eq(users.id, sessions.userId)).where(condition), {
    session: sessionColumns,
    user: userColumns,
  })

export const sessionWithUser = sessionsWithUsers(eq(sessions.id, placeholder(sessions.id, 'id')))

/** @param ids of the placeholder `ids`, as the column stores them */
export const manySessionsWithUsers = sessionsWithUsers(
  sql`${sessions.id} = any(${sql.placeholder('ids')}::bytea[])`,
)

type ChangeOfSessions = ReturnType<ReturnType<ReturnType<typeof db.update<typeof sessions>>['set']>['where']>

const returningAll = (change: ChangeOfSessions) => change.returning(sessionColumns)

/** Returns a statement for a change of sessions. It returns each changed session with its account. */
export const prepareChange = (change: ChangeOfSessions) => withUsers(returningAll(change))

/** Joins the sessions that a change returns with their accounts. */
export function withUsers(returned: Pick<ReturnType<typeof returningAll>, 'getSQL'>) {
  const changed = db.$with('changed').as(returned as ReturnType<typeof returningAll>)
  return prepareJoined(
    db.with(changed).select().from(changed).innerJoin(users, eq(users.id, changed.userId)),
    { session: sessionColumns, user: userColumns },
  )
}

/**
 * Reads accounts and keeps them as they are until the transaction ends. All are locked in one
 * order, so that two transactions do not wait for each other.
 */
export async function lockUsers(
  transaction: Transaction,
  ids: readonly string[],
): Promise<(id: string) => UserRow | undefined> {
  const query = db
    .select()
    .from(users)
    .where(inArray(users.id, [...new Set(ids)]))
    .orderBy(users.id)
    .for('no key update')
  const found = await transaction.all(prepare(query, userColumns))
  return (id) => found.find((user) => user.id === id)
}
