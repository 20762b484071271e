import type { AccessChange, User } from '../../store/users.ts'
import { ADMINISTRATOR_ROLE } from '../../store/users.ts'
import { and, isNull, ne, sql } from './drizzle.ts'
import type { SqliteConnection } from './open.ts'
import { placeholder } from './placeholder.ts'
import { users } from './tables.ts'

/** Who can put everything right again: an account that is enabled and has the role. */
export const isAdministrator = ({ role, disabledAt }: Pick<User, 'role' | 'disabledAt'>): boolean =>
  role === ADMINISTRATOR_ROLE && disabledAt === null

/**
 * Whether no administrator would be left without this one. To be asked inside the transaction that takes the role away:
 * two who demote each other at once are then one after the other, and the second finds nobody else left.
 */
export function createLastAdministrator({ db }: SqliteConnection): (user: User) => boolean {
  const another = db
    .select({ id: users.id })
    .from(users)
    .where(
      and(
        // Spelled out: SQLite takes the index of administrators only for what it can see to be one.
        sql`role = 'admin'`,
        isNull(users.disabledAt),
        ne(users.id, placeholder(users.id, 'id')),
      ),
    )
    .limit(1)
    .prepare()

  return (user) => isAdministrator(user) && another.get({ id: user.id }) === undefined
}

/** The columns that a change of access is about, as they are afterwards. What is so already keeps its time. */
export function accessAfter(before: User, change: AccessChange, at: number) {
  const since = (was: number | null, is: boolean | undefined): number | null => {
    if (is === undefined) return was
    return is ? (was ?? at) : null
  }
  return {
    role: change.role ?? before.role,
    disabledAt: since(before.disabledAt, change.disabled),
    passwordChangeRequiredAt: since(before.passwordChangeRequiredAt, change.passwordChangeRequired),
  }
}
