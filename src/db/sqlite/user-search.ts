import type { SQL, SQLWrapper } from 'drizzle-orm'
import type { SearchText, User, UserPage, UserSearch } from '../../store/users.ts'
import { desc, lt, or, sql } from './drizzle.ts'
import type { SqliteConnection } from './open.ts'
import { users } from './tables.ts'

/**
 * Accounts, the newest first. What somebody looks for may stand anywhere in an address or a name, where no index finds it:
 * one call looks at a stretch of the accounts only, because nobody else is answered meanwhile.
 */
export function createUserSearch({ db, driver }: SqliteConnection): (search: UserSearch) => UserPage {
  const newestBefore = (before: string | undefined) =>
    before === undefined ? undefined : lt(users.id, before)

  function all({ before, rows }: UserSearch): User[] {
    return db.select().from(users).where(newestBefore(before)).orderBy(desc(users.id)).limit(rows).all()
  }

  function matching({ before, rows }: UserSearch, match: SearchText): User[] {
    const stretch = db
      .select()
      .from(users)
      .where(newestBefore(before))
      .orderBy(desc(users.id))
      .limit(rows)
      .as('stretch')
    const { email, emailKey, name } = stretch
    return db
      .select()
      .from(stretch)
      .where(or(contains(email, match.text), contains(emailKey, match.emailKey), contains(name, match.text)))
      .orderBy(desc(stretch.id))
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

  // One transaction: an account that is created in between would move the end of the stretch.
  return driver.transaction((search: UserSearch) => ({
    users: search.match === undefined ? all(search) : matching(search, search.match),
    reached: lastOf(search),
  }))
}

/** LIKE, with what stands for something else in a pattern taken as it is. Letters from a to z match either case. */
const contains = (column: SQLWrapper, text: string): SQL =>
  sql`${column} LIKE ${`%${text.replace(/[\\%_]/g, '\\$&')}%`} ESCAPE '\\'`
