/** What a target holds before a move, and the statements of the copy. */
import type pg from 'pg'
import { lastMigration, ownMigrations } from '../postgres/migrate.ts'
import { HOLDS_UNFINISHED_MOVE, UNFINISHED_MOVE } from '../postgres/unfinished-move.ts'
import { MOVED_TABLES, type MovedTable } from './moved-tables.ts'

/** Whether the target is empty, or holds the unfinished copy of the same source. */
export type TargetState = 'empty' | 'unfinished'

export const CREATE_CURSORS = `CREATE TABLE ${UNFINISHED_MOVE} (
  name text PRIMARY KEY, source text NOT NULL, last bigint NOT NULL, rows bigint NOT NULL, checksum text NOT NULL)`

/** One parameter for each column: an array of its values. */
export function insertInto({ name, columns }: MovedTable): string {
  const names = columns.map((column) => `"${column.name}"`).join()
  const arrays = columns.map(({ type }, index) => `$${index + 1}::${type}[]`).join()
  return `INSERT INTO ${name} (${names}) OVERRIDING SYSTEM VALUE SELECT * FROM unnest(${arrays})`
}

/** @throws Error with a sentence if the target cannot take the rows of the source */
export async function inspect(client: pg.Client, source: string): Promise<TargetState> {
  const last = await lastMigration(client)
  if (last === undefined) return await refuseTables(client)
  const own = ownMigrations().at(-1)?.folderMillis as number
  if (last !== own) throw new Error(last > own ? NEWER : OLDER)
  return (await isUnfinished(client)) ? await refuseOtherSource(client, source) : await refuseRows(client)
}

export async function isUnfinished(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query(`SELECT ${HOLDS_UNFINISHED_MOVE}`)
  return rows[0].holds_unfinished_move
}

const NEWER = 'The target has the tables of a newer version of Tacit. Move with that version'
const OLDER = 'The target has the tables of an older version of Tacit. Use an empty database'

/** Tables of other programs with other names may be there. */
async function refuseTables(client: pg.Client): Promise<TargetState> {
  const { rows } = await client.query(
    'SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relname = ANY($1)',
    [[UNFINISHED_MOVE, ...MOVED_TABLES.map(({ name }) => name)]],
  )
  if (rows.length === 0) return 'empty'
  throw new Error(`The target has a table ${rows[0].relname} that Tacit has not made. Use an empty database`)
}

async function refuseOtherSource(client: pg.Client, source: string): Promise<TargetState> {
  const { rows } = await client.query(`SELECT 1 FROM ${UNFINISHED_MOVE} WHERE source <> $1`, [source])
  if (rows.length === 0) return 'unfinished'
  throw new Error('The target holds an unfinished copy of another file. Use an empty database')
}

async function refuseRows(client: pg.Client): Promise<TargetState> {
  const filled = MOVED_TABLES.map(
    ({ name }) => `SELECT '${name}' AS name WHERE EXISTS (SELECT FROM ${name})`,
  ).join(' UNION ALL ')
  const { rows } = await client.query(filled)
  if (rows.length === 0) return 'empty'
  throw new Error(
    `The target is not empty: ${rows.map(({ name }) => name).join(', ')} ${rows.length === 1 ? 'has' : 'have'} rows. Use an empty database`,
  )
}

/**
 * Refuses a target whose tables a service uses. It runs after the mark is set: a service that
 * connects later finds the mark.
 */
export async function refuseServices(client: pg.Client): Promise<void> {
  const { rowCount } = await client.query(
    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'tacit feed'",
  )
  if (rowCount === 0) return
  await client.query(`DROP TABLE ${UNFINISHED_MOVE}`)
  throw new Error('A service is connected to the target. Stop it first')
}
