import type { SQL, SQLWrapper } from 'drizzle-orm'
import type { SearchText, UserPage, UserSearch } from '../../store/users.ts'
import type { Connections } from './connections.ts'
import { db, desc, getTableColumns, lt, or, sql } from './drizzle.ts'
import { prepare } from './statements.ts'
import { storable, users } from './tables.ts'

const columns = getTableColumns(users)

/** The accounts that one step compares, the newest first. */
const rangeOf = ({ before, rows }: UserSearch) =>
  db
    .select()
    .from(users)
    .where(before === undefined ? undefined : lt(users.id, before))
    .orderBy(desc(users.id))
    .limit(rows)

function matching(search: UserSearch, match: SearchText) {
  const range = rangeOf(search).as('range')
  const { email, emailKey, name } = range
  return db
    .select()
    .from(range)
    .where(or(contains(email, match.text), contains(emailKey, match.emailKey), contains(name, match.text)))
    .orderBy(desc(range.id))
}

const lastOf = ({ before, rows }: UserSearch) =>
  db
    .select({ id: users.id })
    .from(users)
    .where(before === undefined ? undefined : lt(users.id, before))
    .orderBy(desc(users.id))
    .limit(1)
    .offset(rows - 1)

/** Searches accounts: see sqlite/user-search.ts. */
export const searchUsers = (connections: Connections, search: UserSearch): Promise<UserPage> =>
  // One view: an account that is created in between would move the end of the range.
  connections.transaction(async (transaction) => {
    const query = search.match === undefined ? rangeOf(search) : matching(search, search.match)
    return {
      users: await transaction.all(prepare(query, columns)),
      reached: (await transaction.get(prepare(lastOf(search), { id: users.id })))?.id ?? null,
    }
  }, 'REPEATABLE READ')

/** The columns compare by bytes, so that only letters from a to z match either case. */
const contains = (column: SQLWrapper, text: string): SQL =>
  sql`${column} ILIKE ${`%${storable(text).replace(/[\\%_]/g, '\\$&')}%`} ESCAPE '\\'`
