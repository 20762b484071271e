/**
 * Sends calls that wait at the same time together: one statement and one commit for many rows. A
 * call that waits alone is sent as it is.
 *
 * No call waits long for the batches under way: a connection may be silent until its time is over. A
 * batch must not wait for a row that another transaction has locked. A call that it leaves out is
 * sent alone, and so is each call of a batch in which the server refuses a value: no call waits
 * for another session, or fails because of one.
 */
import { AuthError } from '../../errors.ts'

export interface BatchOptions<Call, Result> {
  readonly keyOf: (call: Call) => string
  /**
   * Whether calls with the same key share a result. Otherwise two of them are never in one batch.
   */
  readonly isShared?: boolean
  readonly alone: (call: Call) => Promise<Result>
  /** Returns the results by the keys of the calls. */
  readonly together: (calls: readonly Call[]) => Promise<ReadonlyMap<string, Result>>
  /** How long calls wait for the batches under way, in milliseconds, before they are sent as well. */
  readonly maxWaitMs?: number
}

interface Waiting<Call, Result> extends PromiseWithResolvers<Result> {
  readonly call: Call
}

type Batch<Call, Result> = Map<string, [Waiting<Call, Result>, ...Waiting<Call, Result>[]]>

/** A larger batch makes each answer later, and hardly saves work. */
const MAX_CALLS = 64
/** Calls that arrive while so many are under way form the next batch. */
const MAX_BATCHES = 4
/** A commit takes some milliseconds. */
const MAX_WAIT_MS = 100

/** Returns a function that makes a call, alone or in a batch. */
export function createBatches<Call, Result>(
  options: BatchOptions<Call, Result>,
): (call: Call) => Promise<Result> {
  const { keyOf, isShared = false, alone, together, maxWaitMs = MAX_WAIT_MS } = options
  let waiting: Waiting<Call, Result>[] = []
  let underWay = 0
  let isScheduled = false
  let patience: NodeJS.Timeout | undefined

  function schedule(): void {
    if (isScheduled || waiting.length === 0) return
    if (underWay >= MAX_BATCHES) {
      patience ??= setTimeout(sendAll, maxWaitMs)
      return
    }
    isScheduled = true
    // After the requests that arrive in this turn of the event loop.
    setImmediate(() => {
      isScheduled = false
      clearTimeout(patience)
      patience = undefined
      void send(takeBatch())
      schedule()
    })
  }

  function sendAll(): void {
    patience = undefined
    while (waiting.length > 0) void send(takeBatch())
  }

  function takeBatch(): Batch<Call, Result> {
    const batch: Batch<Call, Result> = new Map()
    waiting = waiting.filter((each) => {
      const key = keyOf(each.call)
      const sharing = batch.get(key)
      if (sharing === undefined && batch.size < MAX_CALLS) return void batch.set(key, [each])
      return sharing === undefined || !isShared || void sharing.push(each)
    })
    return batch
  }

  async function send(batch: Batch<Call, Result>): Promise<void> {
    underWay += 1
    const calls = [...batch.values()].map(([{ call }]) => call)
    const results = await (calls.length === 1 ? NONE : together(calls)).catch((error: unknown) => error)
    const isOutage = results instanceof AuthError
    await Promise.all(
      [...batch].map(async ([key, [first, ...others]]) => {
        const result = isOutage
          ? Promise.reject(results)
          : results instanceof Map && results.has(key)
            ? results.get(key)
            : alone(first.call)
        for (const { resolve } of [first, ...others]) resolve(result)
        await Promise.allSettled([result])
      }),
    )
    underWay -= 1
    schedule()
  }

  return (call) => {
    const each = { call, ...Promise.withResolvers<Result>() }
    waiting.push(each)
    schedule()
    return each.promise
  }
}

const NONE = Promise.resolve(new Map<string, never>())
