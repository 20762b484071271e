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
import * as argon2 from 'argon2'
import pLimit from 'p-limit'
import { AuthError } from '../errors.ts'

export interface Argon2Parameters {
  readonly memoryKib: number
  readonly passes: number
  readonly lanes: number
}

export interface PasswordsOptions {
  readonly parameters: Argon2Parameters
  /** How many hashes may be computed at the same time. */
  readonly concurrency?: number
  /** How many may wait for their turn before others are refused. */
  readonly queue?: number
}

export interface Passwords {
  /** A PHC string. */
  hash(password: string): Promise<string>
  /** Whether the password is the one behind the hash; `undefined` costs the same work and is never right. */
  verify(hash: string | undefined, password: string): Promise<boolean>
  /** Whether the hash was made with other parameters than the current ones. */
  isOutdated(hash: string): boolean
}

const RETRY_AFTER_SECONDS = 2

export function createPasswords({ parameters, concurrency = 4, queue = 64 }: PasswordsOptions): Passwords {
  const options = {
    type: argon2.argon2id,
    memoryCost: parameters.memoryKib,
    timeCost: parameters.passes,
    parallelism: parameters.lanes,
  } as const
  const turn = pLimit(concurrency)

  const bounded = <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (turn.pendingCount >= queue) {
      return Promise.reject(new AuthError('SERVER_BUSY', { retryAfterSeconds: RETRY_AFTER_SECONDS }))
    }
    return turn(work)
  }
  const hash = (password: string) => bounded(() => argon2.hash(password, options))

  const decoy = argon2.hash(randomBytes(32), options)

  return {
    hash,
    async verify(known, password) {
      const expected = known ?? (await decoy)
      return (await bounded(() => argon2.verify(expected, password))) && known !== undefined
    },
    isOutdated: (known) => argon2.needsRehash(known, options),
  }
}
