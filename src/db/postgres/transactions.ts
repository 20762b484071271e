import type pg from 'pg'
import { isConnectionLoss } from './errors.ts'
import { beginning, command, type Session, send } from './session.ts'
import type { Statement, Values } from './statements.ts'

/** Runs statements: each by itself, or those of a transaction. */
export interface Executor {
  /** Returns the rows. */
  all<Row>(statement: Statement<Row>, values?: Values): Promise<Row[]>
  /** Returns the first row. */
  get<Row>(statement: Statement<Row>, values?: Values): Promise<Row | undefined>
  /** Returns the number of rows that were changed. */
  run(statement: Statement<unknown>, values?: Values): Promise<number>
}

export interface Transaction extends Executor {
  /** Calls back after the transaction, unless it was certainly undone. */
  onCommit(callback: () => void): void
  /** Calls back if the transaction was undone. */
  onUndone(callback: () => void): void
}

/** READ COMMITTED is the server's default. Whatever a decision rests on is locked. */
export type Isolation = 'READ COMMITTED' | 'REPEATABLE READ'

export const executorOf = (
  run: (statement: Statement<unknown>, values?: Values) => Promise<pg.QueryArrayResult>,
): Executor => ({
  all: async (statement, values) => (await run(statement, values)).rows.map((row) => statement.toRow(row)),
  async get(statement, values) {
    const [row] = (await run(statement, values)).rows
    return row && statement.toRow(row)
  },
  run: async (statement, values) => (await run(statement, values)).rowCount ?? 0,
})

/** Runs one transaction on a connection. */
export async function transact<Result>(
  session: Session,
  work: (transaction: Transaction) => Promise<Result>,
  isolation: Isolation,
): Promise<Result> {
  const afterCommit: (() => void)[] = []
  const afterUndoing: (() => void)[] = []
  const callAll = (callbacks: (() => void)[]) => {
    for (const callback of callbacks) callback()
  }
  let isCommitting = false
  try {
    await command(session, beginning(session, `ISOLATION LEVEL ${isolation}`))
    const result = await work({
      ...executorOf((...statement) => send(session, ...statement)),
      onCommit: (callback) => void afterCommit.push(callback),
      onUndone: (callback) => void afterUndoing.push(callback),
    })
    isCommitting = true
    await command(session, 'COMMIT')
    callAll(afterCommit)
    return result
  } catch (error) {
    // If the connection broke during COMMIT, the transaction may have been made.
    callAll(isCommitting && isConnectionLoss(error) ? afterCommit : afterUndoing)
    // If this fails, the connection has broken, and the server undoes the transaction.
    if (!isCommitting) await command(session, 'ROLLBACK').catch(() => {})
    throw error
  }
}
