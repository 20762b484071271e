import { randomBytes } from 'node:crypto'
import BetterSqlite from 'better-sqlite3'
import type { Column, Table } from 'drizzle-orm'
import { getTableColumns, getTableName } from 'drizzle-orm'
import { createSqliteStore } from '../../src/db/sqlite/store.ts'
import * as tables from '../../src/db/sqlite/tables.ts'

/** Every table of SQLite, users first. */
export const sqliteTables = (): Table[] =>
  Object.values<unknown>(tables)
    .filter((table) => typeof table === 'object')
    .sort((one) => (one === tables.users ? -1 : 0)) as Table[]

/** Writes this many rows into every table, with every kind of value. */
export async function fillTables(path: string, count: number): Promise<void> {
  await createSqliteStore({ url: `file:${path}` }).close()
  const database = new BetterSqlite(path)
  const users: Buffer[] = []
  database.transaction(() => {
    for (const table of sqliteTables()) {
      const columns = Object.values(getTableColumns(table)).filter(isWritten)
      const insert = database.prepare(
        `INSERT INTO ${getTableName(table)} (${columns.map(({ name }) => `"${name}"`).join()}) VALUES (${columns.map(() => '?').join()})`,
      )
      for (let row = 0; row < count; row++) {
        const values = columns.map((column) =>
          column.name === 'user_id' && table === tables.sessions ? users[row] : storedValue(column, row),
        )
        insert.run(...values)
        if (table === tables.users) users.push(values[0] as Buffer)
      }
    }
  })()
  database.close()
}

/** SQLite gives the numbers of a primary key. */
const isWritten = (column: Column): boolean => !(column.primary && column.getSQLType() === 'integer')

function storedValue(column: Column, row: number): unknown {
  if (!column.notNull && row % 3 === 0) return null
  if (column.name === 'facts') return JSON.stringify({ row, text: 'é\u0000"' })
  const type = column.getSQLType()
  if (type === 'blob') return randomBytes(16)
  if (column.dataType === 'boolean') return row % 2
  if (type === 'integer')
    return column.name === 'fallbacks' || column.name === 'attempts' ? row : 2 ** 53 - 1 - row
  return `${column.name} ${row} é {"quoted\\,"} \u{1f600}`
}
