/**
 * Hashes passwords with argon2id.
 *
 * Threat: a table of hashes is stolen; many sign-ins at once use up the memory; the time of a
 * response tells whether an account exists.
 * Guarantee: hashes follow changed parameters at the next sign-in. Only a few hashes run at once,
 * and only a few dozen calls wait. Further calls get SERVER_BUSY. A sign-in to an unknown account
 * takes one verification, as a known one does.
 * Limits: a fast guesser with a stolen table still finds weak passwords.
 * Source: OWASP Password Storage Cheat Sheet, RFC 9106, PHC string format.
 */
import { randomBytes } from 'node:crypto'
import pLimit from 'p-limit'
import { AuthError } from '../errors.ts'
import { NO_PASSWORD } from '../store/users.ts'
import { type Argon2Parameters, type HashWorker, MAX_HASHES_AT_ONCE } from './hash-worker.ts'
import { normalizePassword } from './password-rules.ts'

export interface PasswordsOptions {
  readonly worker: HashWorker
  readonly parameters: Argon2Parameters
  /** How many calls may wait for a turn before others are refused. */
  readonly queue?: number
}

export interface Passwords {
  /** Hashes a password to a PHC string. Rejects with SERVER_BUSY. */
  hash(password: string): Promise<string>
  /**
   * Calls `work` when a turn is free. Rejects with SERVER_BUSY, without a call, if too many wait
   * already.
   */
  inTurn<Result>(work: (turn: Turn) => Promise<Result>): Promise<Result>
  /** Whether two passwords look the same to the person who types them. */
  isSame(one: string, other: string): boolean
  /** Whether the parameters of the hash differ from the current ones. */
  isOutdated(hash: string): Promise<boolean>
}

export interface Turn {
  /**
   * Whether the password matches the PHC string. An undefined hash, and that of an account without
   * a password, cost the same work and never match.
   */
  verify(hash: string | undefined, password: string): Promise<boolean>
}

const RETRY_AFTER_SECONDS = 2

/** One more than the hashes that run: the next sign-in counts its attempt on the disk meanwhile. */
export const MAX_TURNS_AT_ONCE = MAX_HASHES_AT_ONCE + 1

export function createPasswords({ worker, parameters, queue = 64 }: PasswordsOptions): Passwords {
  const limit = pLimit(MAX_TURNS_AT_ONCE)
  const dummyHash = createDummyHash(parameters)
  const { memoryKib: memoryCost, passes: timeCost, lanes: parallelism } = parameters

  const bounded = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (limit.pendingCount >= queue)
      throw new AuthError('SERVER_BUSY', { retryAfterSeconds: RETRY_AFTER_SECONDS })
    return limit(work)
  }

  const turn: Turn = {
    async verify(known, password) {
      const hash = known === NO_PASSWORD ? undefined : known
      const isRight = await worker.verify(hash ?? dummyHash, normalizePassword(password))
      return isRight && hash !== undefined
    },
  }

  return {
    hash: (password) => bounded(() => worker.hash(normalizePassword(password), parameters)),
    inTurn: (work) => bounded(() => work(turn)),
    isSame: (one, other) => normalizePassword(one) === normalizePassword(other),
    async isOutdated(known) {
      // Imported when needed: the first sign-in waits 7 ms for it, and not each start.
      const { needsRehash } = await import('argon2')
      return needsRehash(known, { memoryCost, timeCost, parallelism })
    },
  }
}

/** A hash that no password matches. Its verification takes the usual work. */
function createDummyHash({ memoryKib, passes, lanes }: Argon2Parameters): string {
  const part = (bytes: number) => randomBytes(bytes).toString('base64').replaceAll('=', '')
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$${part(16)}$${part(32)}`
}
