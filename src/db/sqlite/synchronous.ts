/**
 * SQLite answers at once, the Store promises: the parts of the store are written as plain functions and made into
 * promises here, and here alone a driver's error becomes one that the service understands.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import BetterSqlite from 'better-sqlite3'
import { AuthError } from '../../errors.ts'

/** A part of the Store as SQLite has it: the same methods, answering at once. */
export type Synchronous<Part> = {
  [Name in keyof Part]: Part[Name] extends (...args: infer Args) => Promise<infer Result>
    ? (...args: Args) => Result
    : Part[Name]
}

type Methods = Record<string, (...args: never[]) => unknown>

export interface Patience {
  /** How long a call is tried again while another process writes, in milliseconds. */
  readonly waitMs: number
  /** Told when a call has failed for good: the database is busy, full, read-only, broken or closed. */
  readonly onOutage: () => void
}

/** Gives every method of a part its promise. */
export function asynchronous<Part extends object>(part: Synchronous<Part>, patience: Patience): Part {
  const wrapped: Record<string, unknown> = {}
  for (const [name, method] of Object.entries(part as Methods)) {
    wrapped[name] = (...args: never[]) => patiently(() => method(...args), patience)
  }
  return wrapped as Part
}

/**
 * Carries out one statement or transaction. When it meets another process's lock, nothing of it has happened yet, and it
 * is tried again a little later. The wait is ours and not the driver's, which would stand still with the whole process:
 * other requests go on meanwhile.
 */
export async function patiently<Result>(
  work: () => Result,
  patience: Patience,
  attempt = 0,
  waitedMs = 0,
): Promise<Result> {
  try {
    return work()
  } catch (error) {
    if (!isBusy(error) || waitedMs >= patience.waitMs) throw reported(error, patience)
    const pauseMs = pauseAfter(attempt)
    await sleep(pauseMs)
    return patiently(work, patience, attempt + 1, waitedMs + pauseMs)
  }
}

/** The error as the service understands it; an outage is noted. */
export function reported(error: unknown, { onOutage }: Patience): unknown {
  const understood = asStoreError(error)
  if (understood !== error) onOutage()
  return understood
}

const LONGEST_PAUSE_MS = 50

/** Longer from time to time, and by chance: those who met at a lock should not all come back at once. */
const pauseAfter = (attempt: number): number =>
  Math.ceil(Math.random() * Math.min(2 ** (attempt + 1), LONGEST_PAUSE_MS))

const RETRY_AFTER_SECONDS = 1

/** A database that is busy, full, read-only, broken or closed is an outage; anything else is our own mistake. */
export function asStoreError(error: unknown): unknown {
  const cause = driverError(error)
  const failed = cause instanceof BetterSqlite.SqliteError && !cause.code.startsWith('SQLITE_CONSTRAINT')
  const closed = cause instanceof TypeError && cause.message === 'The database connection is not open'
  return failed || closed ? outage(cause) : error
}

export const outage = (cause: unknown): AuthError =>
  new AuthError('STORE_UNAVAILABLE', { retryAfterSeconds: RETRY_AFTER_SECONDS, cause })

/** Whether another process was in the way, for the moment. */
export function isBusy(error: unknown): boolean {
  const cause = driverError(error)
  return cause instanceof BetterSqlite.SqliteError && cause.code.startsWith('SQLITE_BUSY')
}

const driverError = (error: unknown): unknown =>
  error instanceof Error && error.cause instanceof Error ? error.cause : error
