/**
 * A connection of the driver that has been looked at.
 *
 * It may lead to a pooler such as PgBouncer, which gives each transaction another connection of the
 * server. A prepared statement or a setting of one transaction is then unknown to the next one, and
 * reaches the clients of others. A pooler reports a process id that is not that of the server's
 * process.
 */
import type pg from 'pg'
import { ofDriver } from './errors.ts'
import { type Statement, type Values, valuesOf } from './statements.ts'
import { HOLDS_UNFINISHED_MOVE, refuseUnfinishedMove } from './unfinished-move.ts'

export interface PostgresOptions {
  /** `postgres://` or `postgresql://`, with every parameter that the driver knows. */
  readonly url: string
  /** Maximum number of connections of this process. The change feed has one more. */
  readonly maxConnections?: number
  /** How long a call may take altogether, in milliseconds. */
  readonly timeoutMs?: number
}

export const TIMEOUT_MS = 5_000

/** The settings of the driver for one connection. */
export const clientOptions = ({ url, timeoutMs = TIMEOUT_MS }: PostgresOptions, name = 'tacit') => ({
  connectionString: url,
  application_name: name,
  // A call may have to wait for a connection first.
  connectionTimeoutMillis: timeoutMs / 2,
  keepAlive: true,
})

export interface Session {
  readonly client: pg.ClientBase
  /** Whether it leads to the server itself. */
  readonly isDirect: boolean
  readonly timeoutMs: number
}

export async function beginSession(client: pg.ClientBase, timeoutMs: number): Promise<Session> {
  const { rows } = await ofDriver(client.query(`SELECT pg_backend_pid() AS pid, ${HOLDS_UNFINISHED_MOVE}`))
  refuseUnfinishedMove(rows[0])
  const isDirect = rows[0].pid === (client as pg.ClientBase & { processID: number }).processID
  if (isDirect) await ofDriver(client.query(timeLimits('SESSION', timeoutMs)))
  return { client, isDirect, timeoutMs }
}

/** With them, the server also undoes the open transaction of a node that is cut off. */
const timeLimits = (scope: 'SESSION' | 'LOCAL', timeoutMs: number): string =>
  ['statement_timeout', 'idle_in_transaction_session_timeout']
    .map((name) => `SET ${scope} ${name} = ${timeoutMs}`)
    .join('; ')

/** The commands that open a transaction. */
export const beginning = ({ isDirect, timeoutMs }: Session, mode = ''): string =>
  isDirect ? `BEGIN ${mode}` : `BEGIN ${mode}; ${timeLimits('LOCAL', timeoutMs)}`

/** Runs commands that have no parameters. */
export const command = async ({ client }: Session, text: string): Promise<void> =>
  void (await ofDriver(client.query(text)))

/** Runs a statement. Only the server itself keeps it prepared. */
export function send(
  { client, isDirect }: Session,
  statement: Statement<unknown>,
  values?: Values,
): Promise<pg.QueryArrayResult> {
  const { text, name } = statement
  const query = { text, values: valuesOf(statement, values), rowMode: 'array' as const }
  return ofDriver(client.query(isDirect ? { ...query, name } : query))
}
