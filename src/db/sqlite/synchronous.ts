/**
 * Turns the synchronous functions of the SQLite store into the promises of the Store. This is also
 * the only place that turns errors of the driver into AuthErrors.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import BetterSqlite from 'better-sqlite3'
import { AuthError } from '../../errors.ts'

/** A part of the Store with the same methods, which return results instead of promises. */
export type Synchronous<Part> = {
  [Name in keyof Part]: Part[Name] extends (...args: infer Args) => Promise<infer Result>
    ? (...args: Args) => Result
    : Part[Name]
}

type Methods = Record<string, (...args: never[]) => unknown>

export interface RetryOptions {
  /** How long a call is repeated while another process holds the lock, in milliseconds. */
  readonly maxWaitMs: number
  /** Called when a call fails: the database is still busy, or full, read-only, broken or closed. */
  readonly onOutage: () => void
}

/** Makes every method of a part return a promise and retry while the database is busy. */
export function asynchronous<Part extends object>(part: Synchronous<Part>, retry: RetryOptions): Part {
  const wrapped: Record<string, unknown> = {}
  for (const [name, method] of Object.entries(part as Methods)) {
    wrapped[name] = (...args: never[]) => retryWhileBusy(() => method(...args), retry)
  }
  return wrapped as Part
}

/**
 * Runs one statement or transaction. If another process holds the lock, nothing has changed yet,
 * and the call is repeated a little later. Other requests go on meanwhile; the driver's own wait
 * would block the whole process.
 * @throws AuthError STORE_UNAVAILABLE if the database fails, or is still busy after `maxWaitMs`
 */
export async function retryWhileBusy<Result>(
  work: () => Result,
  retry: RetryOptions,
  attempt = 0,
  waitedMs = 0,
): Promise<Result> {
  try {
    return work()
  } catch (error) {
    if (!isBusy(error) || waitedMs >= retry.maxWaitMs) throw reported(error, retry)
    const pauseMs = pauseAfter(attempt)
    await sleep(pauseMs)
    return retryWhileBusy(work, retry, attempt + 1, waitedMs + pauseMs)
  }
}

/** Returns the error as `asStoreError` does, and calls `onOutage` if it is an outage. */
export function reported(error: unknown, { onOutage }: RetryOptions): unknown {
  const storeError = asStoreError(error)
  if (storeError instanceof AuthError) onOutage()
  return storeError
}

const MAX_PAUSE_MS = 50

/** Exponential backoff with jitter, so that waiting processes do not all retry at once. */
const pauseAfter = (attempt: number): number =>
  Math.ceil(Math.random() * Math.min(2 ** (attempt + 1), MAX_PAUSE_MS))

const RETRY_AFTER_SECONDS = 1

/**
 * Returns STORE_UNAVAILABLE if the database is busy, full, read-only, broken or closed. Otherwise
 * returns the driver's error: it is a defect of the program. An error of drizzle is never returned:
 * its message quotes the parameters of the query, which may be a password hash or a seed.
 */
export function asStoreError(error: unknown): unknown {
  if (error instanceof AuthError) return error
  const cause = driverError(error)
  const failed = cause instanceof BetterSqlite.SqliteError && !cause.code.startsWith('SQLITE_CONSTRAINT')
  const closed = cause instanceof TypeError && cause.message === 'The database connection is not open'
  return failed || closed ? outage(cause) : cause
}

export const outage = (cause: unknown): AuthError =>
  new AuthError('STORE_UNAVAILABLE', { retryAfterSeconds: RETRY_AFTER_SECONDS, cause })

/** Whether another process holds the lock. */
export function isBusy(error: unknown): boolean {
  const cause = driverError(error)
  return cause instanceof BetterSqlite.SqliteError && cause.code.startsWith('SQLITE_BUSY')
}

const driverError = (error: unknown): unknown =>
  error instanceof Error && error.cause instanceof Error ? error.cause : error
