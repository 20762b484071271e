import type { UserRow } from '../../store/user-row.ts'
import { isAdministrator } from '../access-change.ts'
import { and, isNull, ne, sql } from './drizzle.ts'
import type { SqliteConnection } from './open.ts'
import { placeholder } from './placeholder.ts'
import { users } from './tables.ts'

/** A literal, no parameter: SQLite uses a partial index only for a condition that it can see. */
const administrator = and(sql`role = 'admin'`, isNull(users.disabledAt), isNull(users.invitedAt))

/** Returns whether there is an administrator. */
export function createHasAdministrator({ db }: SqliteConnection): () => boolean {
  const first = db.select({ id: users.id }).from(users).where(administrator).limit(1).prepare()

  return () => first.get() !== undefined
}

/**
 * Returns whether the account is the only administrator. The caller asks inside the transaction
 * that takes the role away. If two administrators demote each other, the second transaction is
 * refused.
 */
export function createLastAdministrator({ db }: SqliteConnection): (user: UserRow) => boolean {
  const another = db
    .select({ id: users.id })
    .from(users)
    .where(and(administrator, ne(users.id, placeholder(users.id, 'id'))))
    .limit(1)
    .prepare()

  return (user) => isAdministrator(user) && another.get({ id: user.id }) === undefined
}
