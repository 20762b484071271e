import { readFileSync } from 'node:fs'
import BetterSqlite from 'better-sqlite3'
import { getTableConfig, type SQLiteTable } from 'drizzle-orm/sqlite-core'
import t from 'tap'
import { createSqliteStore } from '../../src/db/sqlite/store.ts'
import {
  authEvents,
  loginThrottles,
  sessionChanges,
  sessions,
  signingKeys,
  users,
} from '../../src/db/tables.ts'
import { temporaryDatabase } from '../support/database.ts'
import { someSession, someUser } from '../support/rows-by-hand.ts'

interface Row {
  readonly name: string
  readonly type: string
  readonly notnull: 0 | 1
  readonly pk: 0 | 1
  readonly table: string
  readonly from: string
  readonly to: string
  readonly on_delete: string
  readonly origin: string
}

const tables: readonly SQLiteTable[] = [
  users,
  sessions,
  sessionChanges,
  loginThrottles,
  authEvents,
  signingKeys,
]

const path = temporaryDatabase(t)
await createSqliteStore({ url: `file:${path}` }).close()
const database = new BetterSqlite(path, { readonly: true })
t.teardown(() => database.close())

for (const table of tables) {
  const { name, columns, foreignKeys, indexes } = getTableConfig(table)
  const pragma = (what: string) => database.pragma(`${what}(${name})`) as Row[]

  t.test(`${name}: columns, keys and indexes`, async (t) => {
    t.strictSame(
      pragma('table_info').map((row) => [row.name, row.type.toLowerCase(), row.notnull === 1, row.pk === 1]),
      columns.map((column) => [column.name, column.getSQLType(), column.notNull, column.primary]),
    )
    t.strictSame(
      pragma('foreign_key_list').map((row) => [row.from, row.table, row.to, row.on_delete.toLowerCase()]),
      foreignKeys.map((key) => {
        const { columns, foreignTable, foreignColumns } = key.reference()
        return [columns[0]?.name, getTableConfig(foreignTable).name, foreignColumns[0]?.name, key.onDelete]
      }),
    )
    t.same(
      new Set(
        pragma('index_list')
          .filter(({ origin }) => origin === 'c')
          .map((row) => row.name),
      ),
      new Set([
        ...indexes.map(({ config }) => config.name),
        ...columns.filter(({ isUnique }) => isUnique).map(({ uniqueName }) => uniqueName),
      ]),
    )
  })
}

t.test('there is no table that the schema does not know', async (t) => {
  const names = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .pluck()
    .all() as string[]
  const known = tables.map((table) => getTableConfig(table).name)
  t.same(new Set(names), new Set([...known, '__drizzle_migrations']))
})

t.test('a session of the first edition is handed out never, used never, and fell back never', async (t) => {
  const path = temporaryDatabase(t)
  const store = createSqliteStore({ url: `file:${path}` })
  const user = someUser()
  const { handedAt, usedAt, fallbacks, isByCookie, ...old } = someSession(user.id, { confirmedAt: 5 })
  await store.createUser(user)
  await store.createSession({ ...old, handedAt: 1, usedAt: 1, fallbacks: 1, isByCookie: false })
  await store.close()
  const before = new BetterSqlite(path)
  const added = readFileSync(
    new URL('../../src/db/migrations/0001_rotation-second-edition.sql', import.meta.url),
    'utf8',
  ).matchAll(/ALTER TABLE `(\w+)` ADD `(\w+)`/g)
  for (const [, table, column] of added) before.exec(`ALTER TABLE ${table} DROP COLUMN ${column}`)
  before.exec(
    'DELETE FROM __drizzle_migrations WHERE created_at > (SELECT min(created_at) FROM __drizzle_migrations)',
  )
  before.close()

  const after = createSqliteStore({ url: `file:${path}` })
  t.teardown(() => after.close())
  const found = await after.findSession(old.id)
  t.strictSame(found?.session, { ...old, handedAt: null, usedAt: null, fallbacks: 0, isByCookie: true })
})
