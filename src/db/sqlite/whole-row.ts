/**
 * Queries for one whole row of a table, which run at every refresh. drizzle builds the SQL. The row
 * is built here: drizzle's own mapping takes several times as long as the database. Statements and
 * rows that name each of the 20 columns by hand would save 0.5 µs of 6.
 */
import { eq, fillPlaceholders, getTableColumns } from './drizzle.ts'
import type { SqliteConnection } from './open.ts'
import { placeholder } from './placeholder.ts'
import type { sessions, users } from './tables.ts'

type Tables = typeof sessions | typeof users

interface Query {
  toSQL(): { readonly sql: string; readonly params: unknown[] }
}

/** @param query selects or returns all columns of the table, in their order */
export function prepareWholeRow<Table extends Tables>(
  { driver }: SqliteConnection,
  table: Table,
  query: Query,
): (values: Record<string, unknown>) => Table['$inferSelect'] | undefined {
  const columns = Object.entries(getTableColumns(table))
  const { sql, params } = query.toSQL()
  const statement = driver.prepare<unknown[], unknown[]>(sql).raw()

  return (values) => {
    const stored = statement.get(...fillPlaceholders(params, values))
    if (stored === undefined) return undefined
    const row: Record<string, unknown> = {}
    for (let index = 0; index < columns.length; index += 1) {
      const [name, column] = columns[index] as (typeof columns)[number]
      const value = stored[index]
      row[name] = value === null ? null : column.mapFromDriverValue(value)
    }
    return row as Table['$inferSelect']
  }
}

export function prepareById<Table extends Tables>(
  connection: SqliteConnection,
  table: Table,
): (id: string) => Table['$inferSelect'] | undefined {
  const query = connection.db
    .select()
    .from(table)
    .where(eq(table.id, placeholder(table.id, 'id')))
  const find = prepareWholeRow(connection, table, query)
  return (id) => find({ id })
}
