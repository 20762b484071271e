/**
 * Reads the change feed again and again on a connection of its own.
 *
 * A commit with changes notifies the reader, which reads at once. A notification may be lost with
 * its connection, so it only shortens the wait. A pooler does not pass notifications on: there, the
 * feed is read at least every 100 ms.
 */
import pg from 'pg'
import { type Place, readAfter } from './change-places.ts'
import { CHANNEL, type PostgresChanges } from './changes.ts'
import { ofDriver, outage } from './errors.ts'
import { beginSession, clientOptions, command, type PostgresOptions, type Session, send } from './session.ts'
import { executorOf } from './transactions.ts'

export interface ChangeReader {
  /** Reads once more. Resolves when everything is known that was committed before the call. */
  readNow(): Promise<void>
  close(): Promise<void>
}

export interface ReaderOptions extends PostgresOptions {
  readonly changes: PostgresChanges
  readonly maxLagMs: number
  /** How often the feed is read without a notification, in milliseconds, if not as often as usual. */
  readonly readEveryMs?: number | undefined
  /** Whether commits wake the reader. */
  readonly listen?: boolean | undefined
}

/** A reading that takes longer has no use, because the memory is out of date by then. */
const READ_TIMEOUT_MS = 2_000
const POLL_INTERVAL_MS = 100
/** Of `maxLagMs`: two readings may fail to arrive in time before the memory is out of date. */
const INTERVAL_SHARE = 0.4

/** Starts reading. Resolves after the first reading. */
export async function startChangeReader(options: ReaderOptions): Promise<ChangeReader> {
  const { changes, maxLagMs, readEveryMs, listen = true } = options
  let place: Place | null = null
  let server: string | undefined
  let isClosed = false
  let isWoken = false
  let { resolve: endPause } = Promise.withResolvers<void>()
  let session: Session | undefined
  let waiting: PromiseWithResolvers<void>[] = []

  function wake(): void {
    isWoken = true
    endPause()
  }

  async function connect(): Promise<Session> {
    const client = new pg.Client({ ...clientOptions(options, 'tacit feed'), query_timeout: READ_TIMEOUT_MS })
    // The next reading fails.
    client.on('error', wake)
    client.on('notification', wake)
    try {
      await ofDriver(client.connect())
      const begun = await beginSession(client, READ_TIMEOUT_MS)
      if (listen && begun.isDirect) await command(begun, `LISTEN ${CHANNEL}`)
      return begun
    } catch (error) {
      endClient(client)
      throw error
    }
  }

  /** @param isAgain whether the server may be another one than before, with another past */
  async function read(current: Session, isAgain: boolean): Promise<void> {
    isWoken = false
    const served = waiting
    waiting = []
    const startedAt = performance.now()
    try {
      const executor = executorOf((...statement) => send(current, ...statement))
      const reading = await readAfter(executor, place)
      // A pooler keeps a connection and leads it to another server.
      const isElsewhere = isAgain || (server !== undefined && reading.server !== server)
      ;({ place, server } = reading)
      changes.read(isElsewhere ? 'everything' : reading.rows, startedAt)
      for (const { resolve } of served) resolve()
    } catch (error) {
      for (const { reject } of served) reject(outage(error))
      throw error
    }
  }

  async function pause(ms: number): Promise<void> {
    if (isWoken || isClosed) return
    const { promise, resolve } = Promise.withResolvers<void>()
    endPause = resolve
    const timer = setTimeout(resolve, ms)
    await promise
    clearTimeout(timer)
  }

  const longestMs = maxLagMs * INTERVAL_SHARE
  const intervalMs = ({ isDirect }: Session) =>
    readEveryMs ?? (listen && isDirect ? longestMs : Math.min(longestMs, POLL_INTERVAL_MS))

  async function run(): Promise<void> {
    while (!isClosed) {
      try {
        const isAgain = session === undefined
        session ??= await connect()
        await read(session, isAgain)
        await pause(intervalMs(session))
      } catch {
        changes.tellLoss()
        if (session !== undefined) endClient(session.client)
        session = undefined
        await pause(POLL_INTERVAL_MS)
      }
    }
  }

  session = await connect()
  await read(session, false)
  const ended = pause(intervalMs(session)).then(run)

  return {
    readNow() {
      if (isClosed) return Promise.reject(outage(new Error('The store is closed')))
      const reading = Promise.withResolvers<void>()
      waiting.push(reading)
      wake()
      return reading.promise
    },
    async close() {
      isClosed = true
      wake()
      // Rejects a reading under way.
      if (session !== undefined) endClient(session.client)
      await ended
      // It may have connected again meanwhile.
      if (session !== undefined) endClient(session.client)
    },
  }
}

/** Closes the socket at once if a statement is under way. */
const endClient = (client: pg.ClientBase): void => void (client as pg.Client).end().catch(() => {})
