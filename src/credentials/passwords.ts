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

export interface PasswordsOptions {
  readonly worker: HashWorker
  readonly parameters: Argon2Parameters
  /** How many may wait for their turn before others are refused. */
  readonly queue?: number
}

export interface Passwords {
  /** A PHC string. */
  hash(password: string): Promise<string>
  /**
   * Whether the password is the one behind the hash; `undefined` costs the same work and is never right.
   * @param find asked for the hash when its turn has come, and not at all when SERVER_BUSY is the answer
   */
  verify(find: () => Promise<string | undefined>, password: string): Promise<boolean>
  /** Whether the hash was made with other parameters than the current ones. */
  isOutdated(hash: string): boolean
}

const RETRY_AFTER_SECONDS = 2

/** One more than can hash: the next is looked up, and its attempt counted on the disk, while the others still do. */
export const MAX_TURNS_AT_ONCE = MAX_HASHES_AT_ONCE + 1

export function createPasswords({ worker, parameters, queue = 64 }: PasswordsOptions): Passwords {
  const turn = pLimit(MAX_TURNS_AT_ONCE)
  const decoy = unownedHash(parameters)
  const { memoryKib: memoryCost, passes: timeCost, lanes: parallelism } = parameters

  const bounded = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (turn.pendingCount >= queue)
      throw new AuthError('SERVER_BUSY', { retryAfterSeconds: RETRY_AFTER_SECONDS })
    return turn(work)
  }

  return {
    hash: (password) => bounded(() => worker.hash(password, parameters)),
    verify: (find, password) =>
      bounded(async () => {
        const known = await find()
        return (await worker.verify(known ?? decoy, password)) && known !== undefined
      }),
    isOutdated: (known) => needsRehash(known, { memoryCost, timeCost, parallelism }),
  }
}

/** The hash of no password: finding that out takes the work of any other. */
function unownedHash({ memoryKib, passes, lanes }: Argon2Parameters): string {
  const part = (bytes: number) => randomBytes(bytes).toString('base64').replaceAll('=', '')
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$${part(16)}$${part(32)}`
}
