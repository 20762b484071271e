/**
 * The pool of connections. It is bounded, and so is the time of each call: a server that does not
 * answer, or a network that swallows every byte, becomes STORE_UNAVAILABLE.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { asStoreError, type DriverFailure, isConflict, isConnectionLoss, ofDriver } from './errors.ts'
import {
  beginSession,
  clientOptions,
  type PostgresOptions,
  type Session,
  send,
  TIMEOUT_MS,
} from './session.ts'
import { type Executor, executorOf, type Isolation, type Transaction, transact } from './transactions.ts'

export interface Connections extends Executor {
  /** Runs a transaction, again if the server has undone it because of another one. */
  transaction<Result>(
    work: (transaction: Transaction) => Promise<Result>,
    isolation?: Isolation,
  ): Promise<Result>
  close(): Promise<void>
}

export const MAX_CONNECTIONS = 10

export function createConnections(options: PostgresOptions): Connections {
  const { maxConnections = MAX_CONNECTIONS, timeoutMs = TIMEOUT_MS } = options
  const pool = new pg.Pool({ ...clientOptions(options), max: maxConnections, allowExitOnIdle: true })
  // An idle connection broke. The pool has already removed it.
  pool.on('error', () => {})
  // The statement under way is rejected with the same error.
  pool.on('connect', (client) => void client.on('error', () => {}))
  const sessions = new WeakMap<pg.PoolClient, Session>()

  /**
   * Runs work on a connection, which is closed if it breaks or the time is over.
   * @param deadline by the monotonic clock
   */
  async function withSession<Result>(
    work: (session: Session) => Promise<Result>,
    deadline: number,
  ): Promise<Result> {
    const client = await ofDriver(pool.connect())
    let isReleased = false
    // Closing the connection rejects the statement under way.
    const timer = setTimeout(() => release(new Error('The time is over')), deadline - performance.now())
    function release(error?: Error): void {
      clearTimeout(timer)
      if (!isReleased) client.release(error)
      isReleased = true
    }
    try {
      const session = sessions.get(client) ?? (await beginSession(client, timeoutMs))
      sessions.set(client, session)
      const result = await work(session)
      release()
      return result
    } catch (error) {
      release(isConnectionLoss(error) ? (error as DriverFailure) : undefined)
      throw error
    }
  }

  /** Repeats work while there is time and another attempt may succeed. */
  async function reporting<Result>(
    work: (session: Session) => Promise<Result>,
    mayRepeat: (error: unknown, attempt: number) => boolean,
    attempt = 1,
    startedAt = performance.now(),
  ): Promise<Result> {
    try {
      return await withSession(work, startedAt + timeoutMs)
    } catch (error) {
      const isTimeLeft = performance.now() < startedAt + timeoutMs / 2
      if (!isTimeLeft || !mayRepeat(error, attempt)) throw asStoreError(error)
      await pauseAfter(attempt)
      return reporting(work, mayRepeat, attempt + 1, startedAt)
    }
  }

  return {
    ...executorOf((statement, values) =>
      reporting(
        (session) => send(session, statement, values),
        // The server has restarted, or has ended a connection of the pool.
        (error, attempt) =>
          isConflict(error) || (attempt === 1 && statement.isRead && isConnectionLoss(error)),
      ),
    ),
    transaction: (work, isolation = 'READ COMMITTED') =>
      reporting((session) => transact(session, work, isolation), isConflict),
    async close() {
      if (!pool.ending) await pool.end()
    },
  }
}

const MAX_PAUSE_MS = 100

/** With jitter, so that two transactions that met do not meet again. */
const pauseAfter = (attempt: number): Promise<void> =>
  sleep(Math.random() * Math.min(2 ** attempt, MAX_PAUSE_MS))
