/** What the primary process does for its workers: it counts requests and hashes passwords. */
import type { HashWorker } from '../credentials/hash-worker.ts'
import { AuthError } from '../errors.ts'
import type { MaybePromise, RequestCount, RequestCounts } from '../http/request-counts.ts'
import type { CountAnswer, CountCall } from '../limits/batches.ts'
import type { Limits } from '../limits/limits.ts'
import type { FromPrimary, FromWorker } from './messages.ts'

export interface PrimaryServicesOptions {
  readonly limits: Limits
  readonly hashWorker: HashWorker
}

/** Carries out a message of a worker, and answers it. */
export type PrimaryServices = (message: FromWorker, answer: (message: FromPrimary) => void) => void

/** Maximum number of keys in each table. */
const MAX_KEYS = 100_000

export function createPrimaryServices({ limits, hashWorker }: PrimaryServicesOptions): PrimaryServices {
  const tables = new Map<string, RequestCounts>()

  function tableOf(name: string): RequestCounts {
    const known = tables.get(name)
    if (known !== undefined) return known
    const table = limits.counts(name, MAX_KEYS)
    tables.set(name, table)
    return table
  }

  function count(call: CountCall): MaybePromise<CountAnswer> {
    const [kind, name, key] = call
    const table = tableOf(name)
    const now = performance.now()
    if (kind === 'takeBack') {
      table.takeBack(key, Number(call[3]), call[4])
      return null
    }
    const found = kind === 'add' ? table.add(key, now, call[3].by) : table.find(key, now)
    const answer = (known: RequestCount | undefined): CountAnswer =>
      known === undefined
        ? null
        : { requests: known.requests, ttlMs: known.endsAt - now, window: String(known.endsAt) }
    // A count in own memory changes with the next call: it is read at once.
    return found instanceof Promise ? found.then(answer) : answer(found)
  }

  return (message, answer) => {
    if (message.tacit === 'count') {
      const { id } = message
      Promise.all(message.calls.map(count)).then((answers) => answer({ tacit: 'counted', id, answers }))
    } else if (message.tacit === 'hash') {
      const { id, job } = message
      const result: Promise<string | boolean> =
        job.kind === 'hash'
          ? hashWorker.hash(job.password, job.parameters)
          : hashWorker.verify(job.hash, job.password)
      result.then(
        (value) => answer({ tacit: 'hashed', id, value }),
        (error: Error) =>
          answer({ tacit: 'hashed', id, error: error instanceof AuthError ? null : error.message }),
      )
    }
  }
}
