import { randomBytes } from 'node:crypto'
import BetterSqlite from 'better-sqlite3'
import type { Column } from 'drizzle-orm'
import { getTableColumns, getTableName } from 'drizzle-orm'
import { getTableConfig, type SQLiteTable } from 'drizzle-orm/sqlite-core'
import { createSqliteStore } from '../../src/db/sqlite/store.ts'
import * as tables from '../../src/db/sqlite/tables.ts'

/** Every table of SQLite, users first. */
export const sqliteTables = (): SQLiteTable[] =>
  Object.values<unknown>(tables)
    .filter((table) => typeof table === 'object')
    .sort((one) => (one === tables.users ? -1 : 0)) as SQLiteTable[]

/** Writes this many rows into every table, with every kind of value. */
export async function fillTables(path: string, count: number): Promise<void> {
  await createSqliteStore({ url: `file:${path}` }).close()
  const database = new BetterSqlite(path)
  const users: Buffer[] = []
  database.transaction(() => {
    for (const table of sqliteTables()) {
      const columns = Object.values(getTableColumns(table)).filter(isWritten)
      const ofUsers = columnsOfUsers(table)
      const insert = database.prepare(
        `INSERT INTO ${getTableName(table)} (${columns.map(({ name }) => `"${name}"`).join()}) VALUES (${columns.map(() => '?').join()})`,
      )
      for (let row = 0; row < count; row++) {
        const values = columns.map((column) =>
          ofUsers.has(column.name) ? users[row] : storedValue(column, row),
        )
        insert.run(...values)
        if (table === tables.users) users.push(values[0] as Buffer)
      }
    }
  })()
  database.close()
}

/** The columns that hold the id of a user who must exist. */
const columnsOfUsers = (table: SQLiteTable): Set<string> =>
  new Set(getTableConfig(table).foreignKeys.flatMap((key) => key.reference().columns.map(({ name }) => name)))

/** SQLite gives the numbers of a primary key. */
const isWritten = (column: Column): boolean => !(column.primary && column.getSQLType() === 'integer')

/** PostgreSQL keeps these in four bytes. */
const SMALL = ['attempts', 'fallbacks', 'step']

function storedValue(column: Column, row: number): unknown {
  if (!column.notNull && row % 3 === 0) return null
  if (column.name === 'facts') return JSON.stringify({ row, text: 'é\u0000"' })
  const type = column.getSQLType()
  if (type === 'blob') return randomBytes(16)
  if (column.dataType === 'boolean') return row % 2
  if (type === 'integer') return SMALL.includes(column.name) ? row : 2 ** 53 - 1 - row
  return `${column.name} ${row} é {"quoted\\,"} \u{1f600}`
}
