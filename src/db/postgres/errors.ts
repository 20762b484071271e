/**
 * Errors of the driver and of the server.
 *
 * Threat: an error quotes the row that it is about, and a log then holds a hash, a seed or an
 * address.
 * Guarantee: an error that leaves this folder has the message and the code of the server alone. A
 * message about a value is left out.
 */
import { AuthError } from '../../errors.ts'

/** What the driver rejects with. The server's errors have a code and a severity. */
type DriverError = Error & { readonly code?: string | undefined; readonly severity?: string | undefined }

/** Marks an error of the driver, so that an error of the program is not taken for one. */
export class DriverFailure extends Error {
  readonly code: string | undefined
  /** Whether the connection can be used again: the server has refused a statement, and goes on. */
  readonly isConnectionAlive: boolean

  constructor({ message, code, severity }: DriverError) {
    super(message)
    this.code = code
    this.isConnectionAlive = severity === 'ERROR'
  }
}

/** Waits for the driver. @throws DriverFailure */
export async function ofDriver<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work
  } catch (error) {
    throw new DriverFailure(error as DriverError)
  }
}

const RETRY_AFTER_SECONDS = 1

export const outage = (cause: unknown): AuthError =>
  new AuthError('STORE_UNAVAILABLE', { retryAfterSeconds: RETRY_AFTER_SECONDS, cause })

/** Classes of SQLSTATE that a defect of the program causes. */
const DATA_EXCEPTION = '22'
const CONSTRAINT_VIOLATION = '23'

/**
 * Returns STORE_UNAVAILABLE if the server is away, busy, full or read-only. Returns any other error
 * as a defect of the program.
 */
export function asStoreError(error: unknown): unknown {
  if (!(error instanceof DriverFailure)) return error
  const { message, code } = error
  const kind = code?.slice(0, 2)
  const told = kind === DATA_EXCEPTION ? 'PostgreSQL has refused a value' : message
  const cause = Object.assign(new Error(told), { code })
  return kind === DATA_EXCEPTION || kind === CONSTRAINT_VIOLATION ? cause : outage(cause)
}

const SERIALIZATION_FAILURE = '40001'
const DEADLOCK_DETECTED = '40P01'

/** Whether the server has undone a change because of another one, so that it may be made again. */
export const isConflict = (error: unknown): boolean =>
  error instanceof DriverFailure && (error.code === SERIALIZATION_FAILURE || error.code === DEADLOCK_DETECTED)

/** Whether the connection broke. The change of a statement under way may have been made. */
export const isConnectionLoss = (error: unknown): boolean =>
  error instanceof DriverFailure && !error.isConnectionAlive
