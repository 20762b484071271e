/**
 * Applies the migrations that drizzle-kit has generated, in one transaction. Of nodes that start
 * together, one applies them and the others wait for it. If it dies, the server undoes them all.
 *
 * drizzle's own migrator takes no lock, and begins its transaction after its first statements.
 */
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { readMigrationFiles } from './drizzle.ts'
import { ofDriver } from './errors.ts'
import { lockStatement } from './locks.ts'
import { clientOptions, type PostgresOptions } from './session.ts'
import { HOLDS_UNFINISHED_MOVE, refuseUnfinishedMove } from './unfinished-move.ts'

const MIGRATIONS = fileURLToPath(new URL('./migrations', import.meta.url))

/** As drizzle's migrator keeps it. */
const HISTORY = '__drizzle_migrations'
const CREATE_HISTORY = `CREATE TABLE IF NOT EXISTS ${HISTORY} (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint)`

type Migration = ReturnType<typeof readMigrationFiles>[number]

/** @param migrationsFolder another one in tests */
export async function migrate(options: PostgresOptions, migrationsFolder = MIGRATIONS): Promise<void> {
  const client = new pg.Client(clientOptions(options))
  // The statement under way is rejected as well.
  client.on('error', () => {})
  await ofDriver(client.connect())
  try {
    const { rows } = await ofDriver(client.query(`SELECT ${HOLDS_UNFINISHED_MOVE}`))
    refuseUnfinishedMove(rows[0])
    await ofDriver(applyAll(client, readMigrationFiles({ migrationsFolder })))
  } finally {
    // Undoes what is open.
    await client.end().catch(() => {})
  }
}

async function applyAll(client: pg.Client, all: readonly Migration[]): Promise<void> {
  // Without a lock and without a change: an account that may not create tables can start the
  // service after another one has migrated them.
  if ((await missing(client, all)).length === 0) return
  await client.query('BEGIN')
  await applyMissing(client, all)
  await client.query('COMMIT')
}

/** Applies what is missing, in the open transaction. */
export async function applyMissing(client: pg.Client, all: readonly Migration[]): Promise<void> {
  await client.query(lockStatement('migrations'))
  await client.query(CREATE_HISTORY)
  for (const { sql, hash, folderMillis } of await missing(client, all)) {
    for (const statement of sql) await client.query(statement)
    await client.query(`INSERT INTO ${HISTORY} (hash, created_at) VALUES ($1, $2)`, [hash, folderMillis])
  }
}

/** The migrations of this program. */
export const ownMigrations = (): readonly Migration[] => readMigrationFiles({ migrationsFolder: MIGRATIONS })

/** Returns the time of the last migration that was applied; undefined if there is no history. */
export async function lastMigration(client: pg.Client): Promise<number | undefined> {
  const { rows } = await client.query('SELECT to_regclass($1) IS NOT NULL AS exists', [HISTORY])
  if (!rows[0].exists) return undefined
  const { rows: applied } = await client.query(`SELECT max(created_at) AS last FROM ${HISTORY}`)
  return Number(applied[0].last)
}

async function missing(client: pg.Client, all: readonly Migration[]): Promise<Migration[]> {
  const last = await lastMigration(client)
  return all.filter(({ folderMillis }) => last === undefined || folderMillis > last)
}
