/**
 * Hashing passwords with argon2id.
 *
 * Threat: a stolen table of hashes; a storm of sign-ins that eats the memory; an answer whose time tells whether an
 * account exists.
 * Guarantee: parameters are configurable and hashes follow them at the next sign-in; no more than a few hashes run at
 * once and no more than a few dozen wait, everyone else is told to come back; an account that does not exist costs
 * the same work as one that does.
 * Source: OWASP Password Storage Cheat Sheet, RFC 9106, PHC string format.
 */
import { randomBytes } from 'node:crypto'
import { needsRehash } from 'argon2'
import pLimit from 'p-limit'
import { AuthError } from '../errors.ts'
import { type Argon2Parameters, type HashWorker, MAX_HASHES_AT_ONCE } from './hash-worker.ts'
import { normalizePassword } from './password-rules.ts'

export interface PasswordsOptions {
  readonly worker: HashWorker
  readonly parameters: Argon2Parameters
  /** How many may wait for their turn before others are refused. */
  readonly queue?: number
}

export interface Passwords {
  /** A PHC string. Rejects with SERVER_BUSY. */
  hash(password: string): Promise<string>
  /** Calls `work` when its turn has come. Rejects with SERVER_BUSY, and does not call it, when too many wait already. */
  inTurn<Result>(work: (turn: Turn) => Promise<Result>): Promise<Result>
  /** Whether two passwords are the same to a person who types them. */
  isSame(one: string, other: string): boolean
  /** Whether the hash was made with other parameters than the current ones. */
  isOutdated(hash: string): boolean
}

export interface Turn {
  /** Whether the password is the one behind the PHC string; `undefined` costs the same work and is never right. */
  verify(hash: string | undefined, password: string): Promise<boolean>
}

const RETRY_AFTER_SECONDS = 2

/** One more than can hash: the next is looked up, and its attempt counted on the disk, while the others still do. */
export const MAX_TURNS_AT_ONCE = MAX_HASHES_AT_ONCE + 1

export function createPasswords({ worker, parameters, queue = 64 }: PasswordsOptions): Passwords {
  const limit = pLimit(MAX_TURNS_AT_ONCE)
  const decoy = unownedHash(parameters)
  const { memoryKib: memoryCost, passes: timeCost, lanes: parallelism } = parameters

  const bounded = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (limit.pendingCount >= queue)
      throw new AuthError('SERVER_BUSY', { retryAfterSeconds: RETRY_AFTER_SECONDS })
    return limit(work)
  }

  const turn: Turn = {
    async verify(known, password) {
      const isRight = await worker.verify(known ?? decoy, normalizePassword(password))
      return isRight && known !== undefined
    },
  }

  return {
    hash: (password) => bounded(() => worker.hash(normalizePassword(password), parameters)),
    inTurn: (work) => bounded(() => work(turn)),
    isSame: (one, other) => normalizePassword(one) === normalizePassword(other),
    isOutdated: (known) => needsRehash(known, { memoryCost, timeCost, parallelism }),
  }
}

/** The hash of no password: finding that out takes the work of any other. */
function unownedHash({ memoryKib, passes, lanes }: Argon2Parameters): string {
  const part = (bytes: number) => randomBytes(bytes).toString('base64').replaceAll('=', '')
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$${part(16)}$${part(32)}`
}
