import { readFileSync } from 'node:fs'
import BetterSqlite from 'better-sqlite3'
import { getTableConfig, type SQLiteTable } from 'drizzle-orm/sqlite-core'
import t from 'tap'
import { createSqliteStore } from '../../../src/db/sqlite/store.ts'
import {
  addressChanges,
  authEvents,
  clients,
  formerAddresses,
  keyPairs,
  leases,
  loginThrottles,
  oneTimeTokens,
  outbox,
  registrations,
  sessionChanges,
  sessions,
  signingKeys,
  users,
} from '../../../src/db/sqlite/tables.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { matchesWhole } from '../../support/lists.ts'
import { someUser } from '../../support/rows-by-hand.ts'

const MIGRATIONS = new URL('../../../src/db/sqlite/migrations/', import.meta.url)

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
  keyPairs,
  clients,
  signingKeys,
  outbox,
  leases,
  addressChanges,
  formerAddresses,
  oneTimeTokens,
  registrations,
]

const path = temporaryDatabase(t)
await createSqliteStore({ url: `file:${path}` }).close()
const database = new BetterSqlite(path, { readonly: true })
t.teardown(() => database.close())

for (const table of tables) {
  const { name, columns, foreignKeys, indexes } = getTableConfig(table)
  const pragma = (what: string) => database.pragma(`${what}(${name})`) as Row[]

  t.test(`migrations give ${name} the columns, keys and indexes of the schema`, async (t) => {
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

t.test('migrations create no table that the schema does not have', async (t) => {
  const names = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .pluck()
    .all() as string[]
  const known = tables.map((table) => getTableConfig(table).name)
  t.same(new Set(names), new Set([...known, '__drizzle_migrations']))
})

const migration = (name: string) =>
  readFileSync(new URL(`../../../src/db/sqlite/migrations/${name}`, import.meta.url), 'utf8')

/** A database as the first edition has left it. */
function firstEdition(path: string): BetterSqlite.Database {
  const database = new BetterSqlite(path)
  database.exec(migration('0000_initial.sql'))
  database.exec(
    'CREATE TABLE __drizzle_migrations (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)',
  )
  const [{ when }] = JSON.parse(migration('meta/_journal.json')).entries
  database.prepare('INSERT INTO __drizzle_migrations (hash, created_at) VALUES (?, ?)').run('first', when)
  return database
}

t.test(
  'sets handed_at, used_at and fallbacks of a session from the first edition to their defaults',
  async (t) => {
    const path = temporaryDatabase(t)
    const before = firstEdition(path)
    const [userId, id, seed] = [Buffer.alloc(16, 1), Buffer.alloc(16, 2), Buffer.alloc(32, 3)]
    before
      .prepare("INSERT INTO users VALUES (?, 'a@b', 'a@b', null, 'user', '$', 0, 0, null, null)")
      .run(userId)
    before
      .prepare("INSERT INTO sessions VALUES (?, ?, ?, 7, 1, 5, 0, 0, 1, 100, 200, null, null, '', '', 0)")
      .run(id, userId, seed)
    before.close()

    const after = createSqliteStore({ url: `file:${path}` })
    t.teardown(() => after.close())
    const found = await after.findSession(id.toString('base64url'))
    t.match(found?.session, {
      generation: 7,
      rotatedAt: 1,
      confirmedAt: 5,
      idleExpiresAt: 100,
      expiresAt: 200,
    })
    t.match(found?.session, { handedAt: null, usedAt: null, fallbacks: 0, isByCookie: true })
  },
)

t.test('keeps the change feed of a database of the first version', async (t) => {
  const old = temporaryDatabase(t)
  const before = new BetterSqlite(old)
  before.exec(readFileSync(new URL('0000_initial.sql', MIGRATIONS), 'utf8'))
  before.exec(
    'CREATE TABLE __drizzle_migrations (id INTEGER PRIMARY KEY, hash text NOT NULL, created_at numeric)',
  )
  const { entries } = JSON.parse(readFileSync(new URL('meta/_journal.json', MIGRATIONS), 'utf8'))
  before
    .prepare('INSERT INTO __drizzle_migrations (hash, created_at) VALUES (?, ?)')
    .run('first', entries[0].when)
  const told = before.prepare('INSERT INTO session_changes (session_id, at) VALUES (?, ?)')
  for (let at = 1; at <= 3; at++) told.run(Buffer.alloc(16, at), at)
  before.close()

  const store = createSqliteStore({ url: `file:${old}` })
  t.teardown(() => store.close())
  const user = someUser()
  await store.createUser(user)
  await store.renameUser(user.id, 'Ada', 4)
  t.strictSame(store.changedSessions(), [{ of: 'user', id: user.id }])
  const after = new BetterSqlite(old, { readonly: true })
  t.teardown(() => after.close())
  matchesWhole(t, after.prepare('SELECT seq, session_id, at FROM session_changes').all(), [
    { seq: 1, session_id: Buffer.alloc(16, 1), at: 1 },
    { seq: 2, session_id: Buffer.alloc(16, 2), at: 2 },
    { seq: 3, session_id: Buffer.alloc(16, 3), at: 3 },
    { seq: 4, session_id: null, at: 4 },
  ])
})
