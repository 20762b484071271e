import type { SQL, SQLWrapper } from 'drizzle-orm'
import type { UserRow } from '../../store/user-row.ts'
import type { SearchText, UserPage, UserSearch } from '../../store/users.ts'
import { desc, lt, or, sql } from './drizzle.ts'
import type { SqliteConnection } from './open.ts'
import { users } from './tables.ts'

/**
 * Returns a function that searches accounts, the newest first. The text may stand anywhere in an
 * address or a name, so no index helps. A search blocks the process, so one call compares a limited
 * number of accounts.
 */
export function createUserSearch({ db, driver }: SqliteConnection): (search: UserSearch) => UserPage {
  const newestBefore = (before: string | undefined) =>
    before === undefined ? undefined : lt(users.id, before)

  function all({ before, rows }: UserSearch): UserRow[] {
    return db.select().from(users).where(newestBefore(before)).orderBy(desc(users.id)).limit(rows).all()
  }

  function matching({ before, rows }: UserSearch, match: SearchText): UserRow[] {
    const range = db
      .select()
      .from(users)
      .where(newestBefore(before))
      .orderBy(desc(users.id))
      .limit(rows)
      .as('range')
    const { email, emailKey, name } = range
    return db
      .select()
      .from(range)
      .where(or(contains(email, match.text), contains(emailKey, match.emailKey), contains(name, match.text)))
      .orderBy(desc(range.id))
      .all()
  }

  function lastOf({ before, rows }: UserSearch): string | null {
    const last = db
      .select({ id: users.id })
      .from(users)
      .where(newestBefore(before))
      .orderBy(desc(users.id))
      .limit(1)
      .offset(rows - 1)
      .get()
    return last?.id ?? null
  }

  // One transaction: an account that is created in between would move the end of the range.
  return driver.transaction((search: UserSearch) => ({
    users: search.match === undefined ? all(search) : matching(search, search.match),
    reached: lastOf(search),
  }))
}

/** LIKE with the pattern's special characters escaped. Letters from a to z match either case. */
const contains = (column: SQLWrapper, text: string): SQL =>
  sql`${column} LIKE ${`%${text.replace(/[\\%_]/g, '\\$&')}%`} ESCAPE '\\'`
