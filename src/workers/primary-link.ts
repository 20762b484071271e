/**
 * The side of a worker process: its primary hashes passwords and counts requests.
 *
 * Threat: a primary that is busy blocks requests, or lets clients off.
 * Guarantee: a count waits for the primary for a bounded time. Own memory counts then. The memory
 * and the CPU time of password hashes are bounded for all workers together: only the primary has a
 * hashing process. A password is in a message to the primary and in no other place.
 * Limits: the end of the primary ends its workers.
 */
import type { Argon2Parameters, HashWorker } from '../credentials/hash-worker.ts'
import { AuthError } from '../errors.ts'
import { createAvailability } from '../limits/availability.ts'
import { type CountAnswer, type CountCall, createBatches } from '../limits/batches.ts'
import { createSharedLimits, type Limits } from '../limits/limits.ts'
import type { FromPrimary, FromWorker, PasswordJob } from './messages.ts'

/** Longer than the primary may wait for Redis. */
const COUNT_LIMIT_MS = 500
const PROBE_EVERY_MS = 500
const RETRY_AFTER_SECONDS = 1

export interface PrimaryLinkOptions {
  send(message: FromWorker): void
  /** How many workers there are. */
  readonly workers: number
  /** Whether Redis is away at the start of the worker. */
  readonly isDegraded: boolean
  log: { warn(details: object, message: string): void; info(details: object, message: string): void }
}

export interface PrimaryLink {
  readonly hashWorker: HashWorker
  readonly limits: Limits
  /** Takes a message of the primary. */
  receive(message: FromPrimary): void
}

interface Waiting {
  resolve(value: never): void
  reject(error: Error): void
}

export function createPrimaryLink({ send, log, workers, ...atStart }: PrimaryLinkOptions): PrimaryLink {
  const waiting = new Map<number, Waiting>()
  let lastId = 0
  let { isDegraded } = atStart

  function ask<Answer>(message: (id: number) => FromWorker): Promise<Answer> {
    lastId += 1
    const id = lastId
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      send(message(id))
    })
  }

  function settle(id: number): Waiting | undefined {
    const found = waiting.get(id)
    waiting.delete(id)
    return found
  }

  const server = createBatches((calls: readonly CountCall[]) =>
    ask<readonly CountAnswer[]>((id) => ({ tacit: 'count', id, calls })),
  )
  const availability = createAvailability({
    limitMs: COUNT_LIMIT_MS,
    probeEveryMs: PROBE_EVERY_MS,
    probe: async () => server.find('probe', ''),
    onChange(isUp, reason) {
      if (isUp) log.info({}, 'The primary process answers again. It counts the rate limits')
      else log.warn({ reason }, 'The primary process is late. This worker counts the rate limits itself')
    },
  })
  const limits = createSharedLimits({ server, availability, processes: workers })
  const hash = <Result>(job: PasswordJob) => ask<Result>((id) => ({ tacit: 'hash', id, job }))

  return {
    limits: { ...limits, isDegraded: () => isDegraded || limits.isDegraded() },
    hashWorker: {
      hash: (password: string, parameters: Argon2Parameters) => hash({ kind: 'hash', password, parameters }),
      verify: (phc, password) => hash({ kind: 'verify', hash: phc, password }),
      close() {},
    },
    receive(message) {
      if (message.tacit === 'degraded') isDegraded = message.isDegraded
      else if (message.tacit === 'counted') settle(message.id)?.resolve(message.answers as never)
      else if (message.tacit === 'hashed') {
        const asked = settle(message.id)
        if ('value' in message) asked?.resolve(message.value as never)
        else asked?.reject(errorOf(message.error))
      }
    },
  }
}

const errorOf = (message: string | null): Error =>
  message === null
    ? new AuthError('SERVER_BUSY', { retryAfterSeconds: RETRY_AFTER_SECONDS })
    : new Error(message)
