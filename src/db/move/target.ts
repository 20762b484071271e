/**
 * The database that rows are moved to: PostgreSQL. It keeps how far the copy has come in a table
 * of its own, in the same transactions as the rows. While that table exists, no service uses the
 * database: see postgres/unfinished-move.ts.
 */
import pg from 'pg'
import { lockStatement } from '../postgres/locks.ts'
import { applyMissing, ownMigrations } from '../postgres/migrate.ts'
import { clientOptions } from '../postgres/session.ts'
import { UNFINISHED_MOVE } from '../postgres/unfinished-move.ts'
import { type Checksum, EMPTY, textOf, withRows } from './checksum.ts'
import { MOVED_TABLES, type MovedTable } from './moved-tables.ts'
import {
  CREATE_CURSORS,
  insertInto,
  inspect,
  isUnfinished,
  refuseServices,
  type TargetState,
} from './target-state.ts'

/** How far the copy of a table has come. */
export interface Cursor extends Checksum {
  /** The source's number of the last row that was copied. */
  readonly last: number
}

export interface Target {
  /** Another database has another name. */
  readonly name: string
  isUnfinished(): Promise<boolean>
  /** @throws Error with a sentence if the database cannot take the rows of the source */
  state(source: string): Promise<TargetState>
  /** Creates the tables, and marks the database as incomplete. */
  begin(source: string): Promise<void>
  cursorOf(table: MovedTable): Promise<Cursor>
  /** Adds rows, and moves the cursor, if it is where the caller believes it to be. */
  append(table: MovedTable, rows: readonly (readonly unknown[])[], from: Cursor, to: Cursor): Promise<void>
  /** Deletes what was copied. */
  restart(): Promise<void>
  /** Reads the whole table. @param onRows is told how many rows were read */
  checksumOf(table: MovedTable, onRows: (rows: number) => void): Promise<Checksum>
  /** Opens the database to the service. @param highest the highest number of each table */
  finish(highest: (table: MovedTable) => number): Promise<void>
  close(): Promise<void>
}

const ROWS_PER_FETCH = 2_000
const ADD_CURSORS = `INSERT INTO ${UNFINISHED_MOVE} SELECT name, $2, 0, 0, $3 FROM unnest($1::text[]) AS name`

/** @throws Error of the driver */
export async function openTarget(url: string): Promise<Target> {
  const client = new pg.Client(clientOptions({ url }, 'tacit move'))
  // The statement under way is rejected as well.
  client.on('error', () => {})
  await client.connect()
  const { rows } = await client.query(IDENTITY)
  return targetOf(client, rows[0].name)
}

const IDENTITY =
  "SELECT system_identifier || '-' || oid AS name FROM pg_control_system(), pg_database WHERE datname = current_database()"

function targetOf(client: pg.Client, name: string): Target {
  async function transaction<Result>(work: () => Promise<Result>, mode = ''): Promise<Result> {
    await client.query(`BEGIN ${mode}`)
    try {
      const result = await work()
      await client.query('COMMIT')
      return result
    } catch (error) {
      // If this fails, the connection has broken, and the server undoes the transaction.
      await client.query('ROLLBACK').catch(() => {})
      throw error
    }
  }

  return {
    name,
    isUnfinished: () => isUnfinished(client),
    state: (source) => inspect(client, source),

    async begin(source) {
      await transaction(async () => {
        await client.query(lockStatement('migrations'))
        // Another process may have been faster.
        await inspect(client, source)
        await applyMissing(client, ownMigrations())
        await client.query(CREATE_CURSORS)
        const names = MOVED_TABLES.map((table) => table.name)
        await client.query(ADD_CURSORS, [names, source, textOf(EMPTY)])
      })
      await refuseServices(client)
    },

    async cursorOf(table) {
      const { rows } = await client.query(
        `SELECT last, rows, checksum FROM ${UNFINISHED_MOVE} WHERE name = $1`,
        [table.name],
      )
      const [{ last, rows: count, checksum }] = rows as [{ last: string; rows: string; checksum: string }]
      return { last: Number(last), rows: Number(count), sum: BigInt(`0x${checksum}`) }
    },

    append: (table, rows, from, to) =>
      transaction(async () => {
        const moved = await client.query(
          `UPDATE ${UNFINISHED_MOVE} SET last = $1, rows = $2, checksum = $3 WHERE name = $4 AND last = $5`,
          [to.last, to.rows, textOf(to), table.name, from.last],
        )
        if (moved.rowCount !== 1) throw new Error('Another process moves the same database')
        await client.query(
          insertInto(table),
          table.columns.map((_, index) => rows.map((row) => row[index])),
        )
      }),

    restart: () =>
      transaction(async () => {
        await client.query(`TRUNCATE ${MOVED_TABLES.map((table) => table.name).join()}`)
        await client.query(`UPDATE ${UNFINISHED_MOVE} SET last = 0, rows = 0, checksum = $1`, [textOf(EMPTY)])
      }),

    checksumOf: (table, onRows) =>
      transaction(async () => {
        let checksum = EMPTY
        const selected = table.columns.map((column) => `"${column.name}"`).join()
        await client.query(`DECLARE moved CURSOR FOR SELECT ${selected} FROM ${table.name}`)
        const text = `FETCH ${ROWS_PER_FETCH} FROM moved`
        for (;;) {
          const { rows } = await client.query({ text, rowMode: 'array' })
          if (rows.length === 0) return checksum
          checksum = withRows(checksum, rows)
          onRows(checksum.rows)
        }
      }, 'ISOLATION LEVEL REPEATABLE READ READ ONLY'),

    async finish(highest) {
      // The server's plans rest on it.
      for (const table of MOVED_TABLES) await client.query(`ANALYZE ${table.name}`)
      await transaction(async () => {
        for (const table of MOVED_TABLES) {
          const number = highest(table)
          if (table.identity === undefined || number === 0) continue
          const values = [table.name, table.identity, number]
          await client.query('SELECT setval(pg_get_serial_sequence($1, $2), $3)', values)
        }
        await client.query(`DROP TABLE ${UNFINISHED_MOVE}`)
      })
    },

    close: () => client.end().catch(() => {}),
  }
}
