/**
 * The tables that a move copies, in an order that keeps the foreign keys, and how a value of one
 * database becomes a value of the other. drizzle's columns of both dialects convert it, so ids,
 * times, booleans and bytes are what the program reads and writes.
 */
import type { Column, Table } from 'drizzle-orm'
import { getTableColumns, getTableName } from '../postgres/drizzle.ts'
import * as postgres from '../postgres/tables.ts'
import * as sqlite from '../sqlite/tables.ts'

export interface MovedColumn {
  readonly name: string
  /** As the target casts it. */
  readonly type: string
  /** The column or expression that the source selects. */
  readonly source: string
  /** Makes a value of the target of what the source returned. */
  convert(stored: unknown): unknown
}

export interface MovedTable {
  readonly name: string
  readonly columns: readonly MovedColumn[]
  /** The column that the target numbers by itself. */
  readonly identity: string | undefined
}

/** SQLite numbers the rows of every table. PostgreSQL needs a column for that where order counts. */
const ROW_NUMBER: MovedColumn = { name: 'seq', type: 'bigint', source: 'rowid', convert: (stored) => stored }

const sameValue = (from: Column, to: Column) => (stored: unknown) =>
  stored === null ? null : to.mapToDriverValue(from.mapFromDriverValue(stored))

/** The text type has a collation, which a cast of a parameter must not have. */
const typeOf = (column: Column): string => column.getSQLType().replace(/ .*/, '')

/** Leaves out a column that only the target has, which gets its default. */
function movedTable(from: Table, to: Table): MovedTable {
  const columns = getTableColumns(from)
  const moved = Object.entries(getTableColumns(to)).flatMap(([key, column]): MovedColumn[] => {
    const own = columns[key]
    if (own === undefined) return key === 'seq' ? [ROW_NUMBER] : []
    return [
      { name: column.name, type: typeOf(column), source: `"${own.name}"`, convert: sameValue(own, column) },
    ]
  })
  const identity = Object.values(getTableColumns(to)).find(({ generatedIdentity }) => generatedIdentity)?.name
  return { name: getTableName(to), columns: moved, identity }
}

/** A test compares this list with the tables of both databases. */
export const MOVED_TABLES: readonly MovedTable[] = [
  movedTable(sqlite.users, postgres.users),
  movedTable(sqlite.sessions, postgres.sessions),
  movedTable(sqlite.sessionChanges, postgres.sessionChanges),
  movedTable(sqlite.loginThrottles, postgres.loginThrottles),
  movedTable(sqlite.authEvents, postgres.authEvents),
  movedTable(sqlite.clients, postgres.clients),
  movedTable(sqlite.signingKeys, postgres.signingKeys),
  movedTable(sqlite.keyPairs, postgres.keyPairs),
  movedTable(sqlite.outbox, postgres.outbox),
  movedTable(sqlite.leases, postgres.leases),
  movedTable(sqlite.oneTimeTokens, postgres.oneTimeTokens),
  movedTable(sqlite.registrations, postgres.registrations),
  movedTable(sqlite.addressChanges, postgres.addressChanges),
  movedTable(sqlite.formerAddresses, postgres.formerAddresses),
]
