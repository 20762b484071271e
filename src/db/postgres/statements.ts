/**
 * Statements that drizzle builds and the driver runs. drizzle's own prepared statements always have
 * a name, which a pooler in transaction mode does not understand: see session.ts.
 */
import { hash } from 'node:crypto'
import type { Column, GetColumnData, SQL } from 'drizzle-orm'
import { db, fillPlaceholders, sql } from './drizzle.ts'

type Fields = Readonly<Record<string, Column>>
type RowOf<F extends Fields> = { [Name in keyof F]: GetColumnData<F[Name], 'query'> }

/** The values of a statement's placeholders. */
export type Values = Readonly<Record<string, unknown>>

/** A statement with placeholders. */
export interface Statement<Row = never> {
  readonly text: string
  readonly params: readonly unknown[]
  /** The name under which a connection prepares it. */
  readonly name: string
  /** Whether it changes nothing, and may be sent again on another connection. */
  readonly isRead: boolean
  toRow(stored: readonly unknown[]): Row
}

interface Query {
  toSQL(): { readonly sql: string; readonly params: unknown[] }
}

/** A placeholder with the column's encoding: a bare one would compare an id's text with bytes. */
export const placeholder = (column: Column, name: string): SQL =>
  sql`${sql.param(sql.placeholder(name), column)}`

const NAME_LENGTH = 20

/** @param toRow makes a row of the values that the statement returns, in their order */
function statementOf<Row>(query: Query, toRow: Statement<Row>['toRow']): Statement<Row> {
  const { sql: text, params } = query.toSQL()
  const name = hash('sha256', text).slice(0, NAME_LENGTH)
  return { text, params, name, isRead: /^select /i.test(text), toRow }
}

/** A statement that returns these columns, in this order. */
export const prepare = <F extends Fields>(query: Query, fields: F): Statement<RowOf<F>> =>
  statementOf(query, rowReader(fields))

/** A statement that returns whole rows of several tables. */
export function prepareJoined<const Tables extends Readonly<Record<string, Fields>>>(
  query: Query,
  tables: Tables,
): Statement<{ [Name in keyof Tables]: RowOf<Tables[Name]> }> {
  const parts = Object.entries(tables).map(([name, fields]) => ({
    name,
    width: Object.keys(fields).length,
    read: rowReader(fields),
  }))
  return statementOf(query, (stored) => {
    const row: Record<string, unknown> = {}
    let from = 0
    for (const { name, width, read } of parts) {
      row[name] = read(stored.slice(from, from + width))
      from += width
    }
    return row as { [Name in keyof Tables]: RowOf<Tables[Name]> }
  })
}

function rowReader<F extends Fields>(fields: F): (stored: readonly unknown[]) => RowOf<F> {
  const columns = Object.entries(fields)
  return (stored) => {
    const row: Record<string, unknown> = {}
    for (const [place, [name, column]] of columns.entries()) {
      const value = stored[place]
      row[name] = value === null ? null : column.mapFromDriverValue(value)
    }
    return row as RowOf<F>
  }
}

/** A statement whose values the caller reads itself. */
export const prepareRaw = (query: Query): Statement<readonly unknown[]> =>
  statementOf(query, (stored) => stored)

/** A statement that drizzle has no builder for. */
export const rawQuery = (statement: SQL): Query => ({ toSQL: () => db.execute(statement).getQuery() })

/** The values in the order of the statement's parameters, as the driver sends them. */
export const valuesOf = ({ params }: Statement<unknown>, values: Values = {}): unknown[] =>
  fillPlaceholders([...params], { ...values })
