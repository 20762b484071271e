import { fork } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getTableName } from 'drizzle-orm'
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core'
import { getTableConfig as getSqliteConfig, type SQLiteTable } from 'drizzle-orm/sqlite-core'
import t from 'tap'
import { migrate } from '../../../src/db/postgres/migrate.ts'
import { createPostgresStore } from '../../../src/db/postgres/store.ts'
import * as tables from '../../../src/db/postgres/tables.ts'
import * as sqliteTables from '../../../src/db/sqlite/tables.ts'
import { needsPostgres, onServer, temporaryPostgres } from '../../support/postgres.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const MIGRATIONS = fileURLToPath(new URL('../../../src/db/postgres/migrations', import.meta.url))
const MIGRATE = fileURLToPath(new URL('../../support/migrate-postgres.ts', import.meta.url))

const named = (all: Record<string, unknown>): [string, unknown][] =>
  Object.entries(all)
    .filter(([, table]) => typeof table === 'object')
    .sort(([one], [other]) => one.localeCompare(other))

/** The columns that the database needs because it has no rowid, or several writers. */
const ADDED: Record<string, string[]> = {
  keyPairs: ['seq'],
  outbox: ['seq'],
  sessionChanges: ['xid'],
  signingKeys: ['seq'],
}

t.test('the tables have the names, columns and order of those on SQLite', async (t) => {
  t.strictSame(
    named(tables).map(([name]) => name),
    named(sqliteTables).map(([name]) => name),
  )
  for (const [name, table] of named(tables)) {
    const own = getTableConfig(table as PgTable)
    const other = getSqliteConfig(new Map(named(sqliteTables)).get(name) as SQLiteTable)
    t.equal(own.name, other.name)
    t.strictSame(
      own.columns.map((column) => [column.name, column.notNull, column.primary]),
      [
        ...other.columns.map((column) => [column.name, column.notNull, column.primary]),
        ...(ADDED[name] ?? []).map((column) => [column, true, false]),
      ],
    )
    t.strictSame(
      own.foreignKeys.map((key) => getTableName(key.reference().foreignTable)),
      other.foreignKeys.map((key) => getTableName(key.reference().foreignTable)),
    )
    t.strictSame(
      own.indexes.map(({ config }) => config.name).sort(),
      [
        ...other.indexes.map(({ config }) => config.name),
        ...(name === 'sessionChanges' ? ['session_changes_xid'] : []),
      ].sort(),
    )
  }
})

/** A folder with the migrations, and one more that runs these statements. */
function withMigration(t: Parameters<typeof temporaryDirectory>[0], sql: string): string {
  const folder = join(temporaryDirectory(t), 'migrations')
  cpSync(MIGRATIONS, folder, { recursive: true })
  const path = join(folder, 'meta/_journal.json')
  const journal = JSON.parse(readFileSync(path, 'utf8'))
  const { entries } = journal
  const last = entries.at(-1)
  entries.push({ ...last, idx: last.idx + 1, when: last.when + 1, tag: '9999_added' })
  writeFileSync(path, JSON.stringify(journal))
  writeFileSync(join(folder, '9999_added.sql'), sql)
  return folder
}

t.test('migrations', needsPostgres, async (t) => {
  const tablesOf = (url: string) =>
    onServer(url, async (client) => {
      const { rows } = await client.query(
        "SELECT table_name, string_agg(column_name || ' ' || data_type || ' ' || is_nullable, ', ' ORDER BY ordinal_position) AS columns FROM information_schema.columns WHERE table_schema = 'public' GROUP BY 1 ORDER BY 1",
      )
      return rows
    })
  const appliedIn = (url: string) =>
    onServer(url, async (client) => (await client.query('SELECT 1 FROM __drizzle_migrations')).rowCount)
  const count = JSON.parse(readFileSync(join(MIGRATIONS, 'meta/_journal.json'), 'utf8')).entries.length

  t.test('are applied once by nodes that start together', async (t) => {
    const url = await temporaryPostgres(t)
    await Promise.all(Array.from({ length: 4 }, () => migrate({ url })))
    t.equal(await appliedIn(url), count)
    const found = (await tablesOf(url)).map(({ table_name }) => table_name)
    t.strictSame(
      found,
      [
        '__drizzle_migrations',
        ...named(tables).map(([, table]) => getTableConfig(table as PgTable).name),
      ].sort(),
    )
  })

  t.test('leave nothing behind when the process is killed in the middle of one', async (t) => {
    const url = await temporaryPostgres(t)
    const slow = withMigration(t, 'CREATE TABLE half (id int);--> statement-breakpoint\nSELECT pg_sleep(100)')
    const child = fork(MIGRATE, [url, slow], { execArgv: [], stdio: 'ignore' })
    const sleeping =
      "SELECT pid FROM pg_stat_activity WHERE query LIKE '%pg_sleep(100)%' AND pid <> pg_backend_pid() AND datname = current_database()"
    let pid: number | undefined
    while (pid === undefined) {
      pid = await onServer(url, async (client) => (await client.query(sleeping)).rows[0]?.pid)
    }
    // Another node waits for the first one, and then applies everything.
    const second = migrate({ url })
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
    // The server notices it when the statement ends.
    await onServer(url, (client) => client.query(`SELECT pg_cancel_backend(${pid})`))
    await second
    t.equal(await appliedIn(url), count)
    t.notOk((await tablesOf(url)).some(({ table_name }) => table_name === 'half'))
  })

  t.test('let an older node run beside a newer schema', async (t) => {
    const url = await temporaryPostgres(t)
    await migrate({ url }, withMigration(t, 'ALTER TABLE users ADD COLUMN later text'))
    const older = await createPostgresStore({ url, feedMaxLagMs: 250 })
    await older.close()
    t.equal(await appliedIn(url), count + 1)
  })

  t.test('let an account without the right to create tables start after them', async (t) => {
    const url = await temporaryPostgres(t)
    await migrate({ url })
    const role = `reader_${process.pid}`
    await onServer(url, async (client) => {
      await client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`)
      await client.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`)
    })
    t.teardown(() => onServer(url, (client) => client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)))
    const own = new URL(url)
    Object.assign(own, { username: role, password: 'x' })
    const store = await createPostgresStore({ url: own.href, feedMaxLagMs: 250 })
    t.teardown(() => store.close())
    t.strictSame(await store.listUsers(), [])
  })
})
