/** A move from SQLite to PostgreSQL, by the real service, the real databases and the command line. */
import { once } from 'node:events'
import { copyFileSync } from 'node:fs'
import BetterSqlite from 'better-sqlite3'
import { getTableColumns, getTableName } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import pg from 'pg'
import t, { type Test } from 'tap'
import { type MoveOptions, move } from '../../../src/db/move/move.ts'
import { MOVED_TABLES } from '../../../src/db/move/moved-tables.ts'
import { openStore } from '../../../src/db/open-store.ts'
import { migrate } from '../../../src/db/postgres/migrate.ts'
import * as postgresTables from '../../../src/db/postgres/tables.ts'
import { createSqliteStore } from '../../../src/db/sqlite/store.ts'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, signUp } from '../../support/app.ts'
import { movableClock } from '../../support/clock.ts'
import { commandLine } from '../../support/command-line.ts'
import { snapshot, temporaryDatabase } from '../../support/database.ts'
import { fillTables, sqliteTables } from '../../support/filled-tables.ts'
import { needsPostgres, onServer, temporaryPostgres } from '../../support/postgres.ts'
import {
  ACCESS_TTL,
  clearsCookies,
  HOUR,
  ME,
  proveReceipt,
  REFRESH,
  refreshTokenOf,
} from '../../support/rotation.ts'

const NOW = Date.UTC(2026, 0, 15, 12)
const SETTINGS = { databaseConnections: 2, feedMaxLagSeconds: 0.25 }
const ROWS = 10

async function source(t: Test, rows = ROWS) {
  const path = temporaryDatabase(t)
  await fillTables(path, rows)
  return { path, from: `file:${path}` }
}

async function both(t: Test, rows = ROWS) {
  const to = await temporaryPostgres(t)
  return { to, ...(await source(t, rows)) }
}

const moveAll = (options: Pick<MoveOptions, 'from' | 'to'> & Partial<MoveOptions>) =>
  move({ now: NOW, rowsPerBatch: 3, ...options })

/** Moves until a table has this many rows, and stops there. */
async function interrupt(t: Test, options: Pick<MoveOptions, 'from' | 'to'>, table: string, rows: number) {
  const onProgress: MoveOptions['onProgress'] = (step) => {
    if (step.table === table && step.step === 'copied' && step.rows === rows) throw new Error('interrupted')
  }
  await t.rejects(moveAll({ ...options, onProgress }), { message: 'interrupted' })
}

const rowsOf = (to: string, table: string, columns = '*') =>
  onServer(to, async (client) => (await client.query(`SELECT ${columns} FROM ${table}`)).rows)

/** Changes the source as a service does that runs between two attempts. */
function changeSource(path: string, statement: string): void {
  const database = new BetterSqlite(path)
  database.exec(statement)
  database.close()
}

const openAndClose = async (databaseUrl: string): Promise<void> =>
  (await openStore({ ...SETTINGS, databaseUrl })).close()

const refusesStart = (t: Test, databaseUrl: string, message: RegExp) =>
  t.rejects(openAndClose(databaseUrl), { name: 'ConfigError', message })

const starts = (t: Test, databaseUrl: string) => t.resolves(openAndClose(databaseUrl))

const NOT_COMPLETE = /cannot be opened: it holds a copy that is not complete\. Run `tacit move` again/
const WAS_MOVED = /its rows were moved to postgres:\/\/.* on 2026-01-15T12:00:00\.000Z\. Set DATABASE_URL/

t.test('the list of moved tables and columns is that of both databases', async (t) => {
  const moved = MOVED_TABLES.map(({ name }) => name)
  t.strictSame([...moved].sort(), sqliteTables().map(getTableName).sort())
  const path = temporaryDatabase(t)
  await createSqliteStore({ url: `file:${path}` }).close()
  t.strictSame(
    [...moved].sort(),
    Object.keys(snapshot(path, new Set()))
      .filter((name) => name !== '__drizzle_migrations')
      .sort(),
    'and of the database itself',
  )
  for (const table of Object.values<unknown>(postgresTables).filter((table) => typeof table === 'object')) {
    const columns = Object.values(getTableColumns(table as PgTable)).map(({ name }) => name)
    t.strictSame(
      MOVED_TABLES.find(({ name }) => name === getTableName(table as PgTable))?.columns.map(
        ({ name }) => name,
      ),
      columns.filter((name) => name !== 'xid'),
    )
  }
})

t.test('a move', needsPostgres, async (t) => {
  t.test('keeps a browser signed in, and finds a replay of a token from before it', async (t) => {
    const { tacit, environment } = commandLine(t)
    const from = `${environment.DATABASE_URL}`
    const to = await temporaryPostgres(t)
    const clock = movableClock()
    const settings = { ACCESS_TOKEN_ALG: 'EdDSA' } as const
    const before = await buildApp(t, { clock, environment: { ...settings, DATABASE_URL: from } })
    const jar = await signUp(before)
    const thief = jar.copy()
    clock.advance(HOUR)
    t.equal((await before.request(ME, jar)).statusCode, 200)
    await proveReceipt(before, jar)
    const { place } = await internalsOf(before.app).store.changesAfter(null)
    await before.app.close()

    const { status, stderr } = await tacit(['move', '--from', from, '--to', to])
    t.equal(status, 0, stderr)
    t.match(stderr, /^tacit: users: copied 1 of 1$/m)
    t.match(stderr, /^tacit: sessions: compared 1 of 1$/m)

    await t.rejects(buildApp(t, { clock, environment: { ...settings, DATABASE_URL: from } }), {
      message: /its rows were moved to postgres/,
    })
    const after = await buildApp(t, { clock, environment: { ...settings, DATABASE_URL: to } })
    const kept = await after.request(ME, jar)
    t.equal(kept.statusCode, 200)
    t.notOk(refreshTokenOf(kept), 'with the access token from before')
    clock.advance(ACCESS_TTL)
    const refreshed = await after.request(ME, jar)
    t.equal(refreshed.statusCode, 200)
    t.ok(refreshTokenOf(refreshed), 'silently')
    t.equal((await internalsOf(after.app).store.changesAfter(place)).changes, 'everything')
    await proveReceipt(after, jar)
    clock.advance(ACCESS_TTL)
    const replayed = await after.request(REFRESH, thief)
    t.equal(replayed.statusCode, 401)
    clearsCookies(t, replayed)
    t.match(await internalsOf(after.app).store.listEvents(1), [{ type: 'refresh-reused' }])
  })

  t.test('copies every row of every table, and goes on with the numbers of the source', async (t) => {
    const { from, to, path } = await both(t)
    changeSource(path, 'DELETE FROM auth_events WHERE id = 10')
    const { tables, began } = await moveAll({ from, to })
    t.equal(began, 'new')
    for (const { name, rows } of tables) t.equal(rows, name === 'auth_events' ? ROWS - 1 : ROWS, name)
    const stored = snapshot(path, new Set())
    const sessions = await rowsOf(to, 'sessions')
    for (const row of stored.sessions as Record<string, unknown>[]) {
      const copy = sessions.find(({ id }) => id.equals(row.id))
      t.ok(copy.seed.equals(row.seed))
      t.equal(copy.user_id.replaceAll('-', ''), (row.user_id as Buffer).toString('hex'))
      t.equal(copy.remember, row.remember === 1)
      t.equal(Number(copy.created_at), row.created_at)
      t.equal(copy.user_agent, row.user_agent)
      t.equal(copy.revoked_reason, row.revoked_reason)
    }
    const orderOf = (table: string, column: string) => rowsOf(to, `${table} ORDER BY seq`, column)
    t.strictSame(
      await orderOf('signing_keys', 'kid'),
      (stored.signing_keys as { kid: string }[]).map(({ kid }) => ({ kid })),
    )
    const [next] = await rowsOf(to, "nextval('auth_events_id_seq')")
    t.equal(next.nextval, '11', 'the number of a deleted event is not given again')
    const [key] = await rowsOf(to, "nextval('signing_keys_seq_seq')")
    t.equal(key.nextval, '11')
    await refusesStart(t, from, WAS_MOVED)
    await starts(t, to)
  })

  t.test('goes on after an interruption, with the rows that were added since', async (t) => {
    const { from, to, path } = await both(t)
    await interrupt(t, { from, to }, 'sessions', 6)
    await refusesStart(t, to, NOT_COMPLETE)
    t.equal((await rowsOf(to, 'sessions')).length, 6)
    await starts(t, from)
    changeSource(path, "INSERT INTO leases VALUES ('later', 'holder', 1)")
    const steps: string[] = []
    const onProgress: MoveOptions['onProgress'] = ({ table, step, rows, of }) =>
      steps.push(`${table} ${step} ${rows} of ${of}`)
    const { began, tables } = await moveAll({ from, to, onProgress })
    t.equal(began, 'resumed')
    t.equal(tables.find(({ name }) => name === 'leases')?.rows, ROWS + 1)
    t.ok(steps.includes('sessions checked 6 of 6'))
    t.notOk(steps.includes('sessions copied 3 of 10'), 'what was copied is not copied again')
    await starts(t, to)
  })

  for (const [what, statement] of [
    ['changed', 'UPDATE sessions SET revoked_at = 5 WHERE rowid = 2'],
    ['deleted', 'DELETE FROM sessions WHERE rowid = 6'],
  ] as const) {
    t.test(`copies everything again if the source has ${what} a row since the interruption`, async (t) => {
      const { from, to, path } = await both(t)
      await interrupt(t, { from, to }, 'sessions', 6)
      changeSource(path, statement)
      const { began, tables } = await moveAll({ from, to })
      t.equal(began, 'again')
      const { length } = snapshot(path, new Set()).sessions as unknown[]
      t.equal(tables.find(({ name }) => name === 'sessions')?.rows, length)
      const ended = await rowsOf(to, 'sessions WHERE revoked_at = 5')
      t.equal(ended.length, what === 'changed' ? 1 : 0)
    })
  }

  t.test('notices a copy that differs, deletes it, and succeeds the next time', async (t) => {
    for (const change of [
      "UPDATE sessions SET seed = set_byte(seed, 0, get_byte(seed, 0) # 1) WHERE ctid = '(0,1)'",
      "DELETE FROM sessions WHERE ctid = '(0,1)'",
      "INSERT INTO clients VALUES (gen_random_uuid(), 'another', '', 1)",
    ]) {
      const { from, to } = await both(t)
      await interrupt(t, { from, to }, 'leases', ROWS)
      await onServer(to, (client) => client.query(change))
      await t.rejects(moveAll({ from, to }), {
        message:
          /^The copy of (sessions|clients) differs from the source: \d+ rows .* The copy was deleted\. Run the command again$/,
      })
      await refusesStart(t, to, NOT_COMPLETE)
      t.strictSame(await rowsOf(to, 'users'), [])
      await starts(t, from)
      t.equal((await moveAll({ from, to })).began, 'resumed')
    }
  })

  t.test('is completed after kill -9, at whatever place', async (t) => {
    const line = commandLine(t)
    const from = `${line.environment.DATABASE_URL}`
    await fillTables(from.slice('file:'.length), ROWS)
    const to = await temporaryPostgres(t)
    await migrate({ url: to })

    /** Kills a move that waits for a lock of the test. */
    async function killWhere(lock: string, waitsIn: string) {
      const client = new pg.Client({ connectionString: to })
      await client.connect()
      await client.query(`BEGIN; ${lock}`)
      const child = line.begin(['move', '--from', from, '--to', to])
      const exit = once(child, 'exit')
      const waiting = `SELECT FROM pg_stat_activity WHERE application_name = 'tacit move' AND wait_event_type = 'Lock' AND query LIKE '${waitsIn}%' AND datname = current_database()`
      while ((await onServer(to, (other) => other.query(waiting))).rowCount === 0 && child.exitCode === null);
      child.kill('SIGKILL')
      await exit
      await client.query('ROLLBACK')
      await client.end()
    }

    await killWhere('LOCK auth_events IN SHARE MODE', 'INSERT')
    t.equal((await rowsOf(to, 'sessions')).length, ROWS)
    await refusesStart(t, to, NOT_COMPLETE)
    await starts(t, from)

    // The source is closed first.
    await killWhere('SELECT FROM unfinished_move', 'DROP')
    await refusesStart(t, to, NOT_COMPLETE)
    await refusesStart(t, from, /its rows were moved to/)
    const elsewhere = await line.tacit(['move', '--from', from, '--to', await temporaryPostgres(t)])
    t.match(elsewhere, { status: 1, stderr: /^tacit: file:.* cannot be moved: its rows were moved to/ })

    const { began } = await line.tacitJson<{ began: string }>(['move', '--from', from, '--to', to])
    t.equal(began, 'resumed')
    await starts(t, to)
    const again = await line.tacit(['move', '--from', from, '--to', to])
    t.match(again, { status: 1, stdout: '', stderr: /cannot be moved: its rows were moved to/ })
  })

  t.test('stops if the server completes a batch of a process that was killed', async (t) => {
    const { from, to } = await both(t)
    await interrupt(t, { from, to }, 'sessions', 6)
    const late = new pg.Client({ connectionString: to })
    await late.connect()
    t.teardown(() => late.end())
    await late.query("BEGIN; UPDATE unfinished_move SET last = 9 WHERE name = 'sessions'")
    let isMoving = true
    const moving = t.rejects(moveAll({ from, to }), { message: 'Another process moves the same database' })
    const waiting =
      "SELECT FROM pg_stat_activity WHERE application_name = 'tacit move' AND wait_event_type = 'Lock' AND datname = current_database()"
    moving.then(() => {
      isMoving = false
    })
    while ((await onServer(to, (client) => client.query(waiting))).rowCount === 0 && isMoving);
    await late.query('COMMIT')
    await moving
    t.equal((await rowsOf(to, 'sessions')).length, 6)
  })

  t.test('refuses a source that another process uses, and keeps others out meanwhile', async (t) => {
    const { from, to } = await both(t)
    const service = createSqliteStore({ url: from })
    await t.rejects(moveAll({ from, to }), { message: /^Another process uses file:.*Stop the service/ })
    await service.close()
    const opened: unknown[] = []
    await moveAll({
      ...{ from, to },
      onProgress: ({ table, step }) => {
        if (table !== 'sessions' || step !== 'copied' || opened.length > 0) return
        try {
          createSqliteStore({ url: from, busyTimeoutMs: 0 })
        } catch (error) {
          opened.push(error)
        }
      },
    })
    t.match(opened, [{ code: /^SQLITE_BUSY/ }])
  })

  t.test('refuses a source that it cannot move', async (t) => {
    const to = await temporaryPostgres(t)
    const { path, from } = await source(t)
    const refuses = (message: RegExp) => t.rejects(moveAll({ from, to }), { message })
    changeSource(path, 'UPDATE __drizzle_migrations SET created_at = created_at + 1')
    await refuses(/was made by a newer version of Tacit\. Move it with that version/)
    changeSource(path, 'UPDATE __drizzle_migrations SET created_at = 1')
    await refuses(/has the tables of an older version\. Run `tacit migrate` on it first/)
    changeSource(path, 'DROP TABLE __drizzle_migrations')
    await refuses(/is no database of Tacit/)
    copyFileSync(import.meta.filename, path)
    await refuses(/^The database file:.* cannot be read: file is not a database/)
    t.strictSame(await rowsOf(to, "pg_tables WHERE schemaname = 'public'"), [])
  })

  t.test('refuses a target that cannot take the rows, and changes neither', async (t) => {
    const { path, from } = await source(t)
    const before = snapshot(path, new Set())
    const refuses = async (message: RegExp, ...statements: string[]) => {
      const to = await temporaryPostgres(t)
      await migrate({ url: to })
      for (const statement of statements) await onServer(to, (client) => client.query(statement))
      const countIn = async () => (await rowsOf(to, 'clients')).length
      const count = await countIn()
      await t.rejects(moveAll({ from, to }), { message })
      t.equal(await countIn(), count)
    }
    const CLIENT = "INSERT INTO clients VALUES (gen_random_uuid(), 'theirs', '', 1)"
    await refuses(/^The target is not empty: clients has rows\. Use an empty database$/, CLIENT)
    await refuses(
      /is not empty: login_throttles, clients have rows/,
      ...[CLIENT, "INSERT INTO login_throttles VALUES ('', 1, 1)"],
    )
    await refuses(/newer version of Tacit/, 'UPDATE __drizzle_migrations SET created_at = created_at + 1')
    await refuses(/older version of Tacit/, 'UPDATE __drizzle_migrations SET created_at = 1')
    await refuses(/a table [a-z_]+ that Tacit has not made/, 'DROP TABLE __drizzle_migrations')

    const to = await temporaryPostgres(t)
    await interrupt(t, { from: (await source(t)).from, to }, 'sessions', 3)
    await t.rejects(moveAll({ from, to }), { message: /an unfinished copy of another file/ })
    t.strictSame(snapshot(path, new Set()), before)
  })

  t.test('refuses a target that a service has just opened', async (t) => {
    const { from, to } = await both(t)
    const feed = new pg.Client({ connectionString: to, application_name: 'tacit feed' })
    await feed.connect()
    await t.rejects(moveAll({ from, to }), { message: 'A service is connected to the target. Stop it first' })
    await feed.end()
    while (
      (
        await rowsOf(
          to,
          "pg_stat_activity WHERE application_name = 'tacit feed' AND datname = current_database()",
        )
      ).length > 0
    );
    t.equal((await moveAll({ from, to })).began, 'new')
  })

  t.test('tells no value that the server refuses', async (t) => {
    const { from, to, path } = await both(t)
    changeSource(path, "UPDATE sessions SET fallbacks = 'their secret' WHERE rowid = 1")
    await t.rejects(moveAll({ from, to }), { message: 'PostgreSQL has refused a value' })
  })

  t.test('with --dry-run looks at both databases and changes nothing', async (t) => {
    const { tacitJson, tacit, directory } = commandLine(t)
    const path = `${directory}/tacit.db`
    await fillTables(path, ROWS)
    const from = `file:${path}`
    const to = await temporaryPostgres(t)
    const before = snapshot(path, new Set())
    const command = ['move', '--from', from, '--dry-run']
    const environment = { DATABASE_URL: to }
    const answer = await tacitJson<{ tables: unknown[] }>(command, { environment })
    const shown = new URL(to)
    shown.password = ''
    t.match(answer, { from, to: shown.href, dryRun: true, began: 'new' })
    t.strictSame(answer.tables[0], { name: 'users', rows: ROWS, checksum: null })
    t.match(
      (await tacit(command, { environment })).stdout,
      /can be moved to .*, which is empty\. Nothing was changed/,
    )
    t.strictSame(await rowsOf(to, "pg_tables WHERE schemaname = 'public'"), [])
    await interrupt(t, { from, to }, 'sessions', 3)
    const piped = await tacitJson([...command, '--to', '-'], { input: `${to}\n` })
    t.match(piped, { to: shown.href, began: 'resumed' }, 'the URL on standard input')
    const PGPASSWORD = new URL(to).password
    const bare = await tacitJson([...command, '--to', shown.href], { environment: { PGPASSWORD } as object })
    t.match(bare, { to: shown.href, began: 'resumed' }, 'the password in the environment')
    t.match((await tacit(command, { environment })).stdout, /holds an unfinished copy of .* completes/)
    t.strictSame(snapshot(path, new Set()), before)
  })
})

t.test('the command refuses URLs that it cannot use', async (t) => {
  const { tacit, directory } = commandLine(t)
  await fillTables(`${directory}/tacit.db`, 1)
  const to = 'postgres://tacit:secret@127.0.0.1:1/tacit'
  const refuses = async (args: readonly string[], stderr: RegExp) =>
    t.match(await tacit(['move', ...args]), { status: 1, stdout: '', stderr })
  await refuses(
    ['--from', 'file:./tacit.db'],
    /^tacit: The target must be a PostgreSQL database\. Set DATABASE_URL or --to/,
  )
  await refuses(['--from', ':memory:', '--to', to], /^tacit: --from takes file: and a path, such as/)
  await refuses(['--from', 'file:none.db', '--to', to], /^tacit: There is no database file:none\.db$/m)
  await refuses(
    ['--from', 'file:./tacit.db', '--to', to],
    /^tacit: The database postgres:\/\/tacit@127\.0\.0\.1:1\/tacit cannot be opened: connect ECONNREFUSED/,
  )
  await refuses(
    ['--from', 'file:./tacit.db', '--to', '-'],
    /^tacit: The target must be a PostgreSQL database\. Set DATABASE_URL or --to/,
  )
  await refuses(['--to', to], /^tacit: required option '--from <url>' not specified/)
})
