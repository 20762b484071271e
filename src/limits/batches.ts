/**
 * Sends the calls of one turn of the event loop together: a message for each costs more than the
 * count itself.
 */
import type { Addition, CountServer, SharedCount } from './count-server.ts'

/** A call, as a message can carry it. */
export type CountCall =
  | readonly [kind: 'add', table: string, key: string, addition: Addition]
  | readonly [kind: 'find', table: string, key: string]
  | readonly [kind: 'takeBack', table: string, key: string, window: string, by: number]

/** The answer to a call. `takeBack` has none. */
export type CountAnswer = SharedCount | null

/** Longer batches would occupy the other side for too long. */
const MAX_CALLS = 500

interface Waiting {
  readonly call: CountCall
  resolve(answer: CountAnswer): void
  reject(error: unknown): void
}

/** @param send carries the calls out, and returns their answers in the same order */
export function createBatches(
  send: (calls: readonly CountCall[]) => Promise<readonly CountAnswer[]>,
): CountServer {
  let waiting: Waiting[] = []

  function flush(): void {
    const batch = waiting
    waiting = []
    for (let from = 0; from < batch.length; from += MAX_CALLS) {
      carryOut(batch.slice(from, from + MAX_CALLS))
    }
  }

  function carryOut(batch: readonly Waiting[]): void {
    send(batch.map(({ call }) => call)).then(
      (answers) => {
        for (const [index, { resolve }] of batch.entries()) resolve(answers[index] as CountAnswer)
      },
      (error) => {
        for (const { reject } of batch) reject(error)
      },
    )
  }

  const ask = (call: CountCall) =>
    new Promise<CountAnswer>((resolve, reject) => {
      if (waiting.length === 0) setImmediate(flush)
      waiting.push({ call, resolve, reject })
    })

  return {
    add: (table, key, addition) => ask(['add', table, key, addition]) as Promise<SharedCount>,
    find: (table, key) => ask(['find', table, key]),
    async takeBack(table, key, window, by) {
      await ask(['takeBack', table, key, window, by])
    },
  }
}
