/**
 * Reading one row by its id, as often as there are refreshes. The query is drizzle's; its columns are put together here,
 * because the general way of doing that takes several times as long as the database.
 */
import { eq, getTableColumns } from '../drizzle.ts'
import type { sessions, users } from '../tables.ts'
import type { SqliteConnection } from './open.ts'
import { placeholder } from './placeholder.ts'

export function createById<Table extends typeof sessions | typeof users>(
  { driver, db }: SqliteConnection,
  table: Table,
): (id: string) => Table['$inferSelect'] | undefined {
  const columns = Object.entries(getTableColumns(table))
  const query = db
    .select()
    .from(table)
    .where(eq(table.id, placeholder(table.id, 'id')))
    .toSQL()
  const statement = driver.prepare<[unknown], unknown[]>(query.sql).raw()

  return (id) => {
    const values = statement.get(table.id.mapToDriverValue(id))
    if (values === undefined) return undefined
    const row: Record<string, unknown> = {}
    for (let index = 0; index < columns.length; index += 1) {
      const [name, column] = columns[index] as (typeof columns)[number]
      const value = values[index]
      row[name] = value === null ? null : column.mapFromDriverValue(value)
    }
    return row as Table['$inferSelect']
  }
}
