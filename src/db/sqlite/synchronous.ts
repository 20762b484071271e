/**
 * SQLite answers at once, the Store promises: the parts of the store are written as plain functions and made into
 * promises here, and here alone a driver's error becomes one that the service understands.
 */
import BetterSqlite from 'better-sqlite3'
import { AuthError } from '../../errors.ts'

/** A part of the Store as SQLite has it: the same methods, answering at once. */
export type Synchronous<Part> = {
  [Name in keyof Part]: Part[Name] extends (...args: infer Args) => Promise<infer Result>
    ? (...args: Args) => Result
    : Part[Name]
}

type Methods = Record<string, (...args: never[]) => unknown>

/** Gives every method of a part its promise. */
export function asynchronous<Part extends object>(part: Synchronous<Part>): Part {
  const wrapped: Record<string, unknown> = {}
  for (const [name, method] of Object.entries(part as Methods)) {
    wrapped[name] = async (...args: never[]) => {
      try {
        return method(...args)
      } catch (error) {
        throw asStoreError(error)
      }
    }
  }
  return wrapped as Part
}

const RETRY_AFTER_SECONDS = 1

/** A database that is busy, full, read-only, broken or closed is an outage; anything else is our own mistake. */
export function asStoreError(error: unknown): unknown {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const failed = cause instanceof BetterSqlite.SqliteError && !cause.code.startsWith('SQLITE_CONSTRAINT')
  const closed = cause instanceof TypeError && cause.message === 'The database connection is not open'
  if (!failed && !closed) return error
  return new AuthError('STORE_UNAVAILABLE', { retryAfterSeconds: RETRY_AFTER_SECONDS, cause })
}
