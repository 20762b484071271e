/** Statements for whole rows of accounts and sessions. */

import type { UserRow } from '../../store/users.ts'
import { db, eq, getTableColumns, inArray } from './drizzle.ts'
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

export const sessionWithUser = prepareJoined(
  db
    .select()
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(eq(sessions.id, placeholder(sessions.id, 'id'))),
  { session: sessionColumns, user: userColumns },
)

type ChangeOfSessions = ReturnType<ReturnType<ReturnType<typeof db.update<typeof sessions>>['set']>['where']>

/** Returns a statement for a change of sessions. It returns each changed session with its account. */
export function prepareChange(change: ChangeOfSessions) {
  const changed = db.$with('changed').as(change.returning())
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
