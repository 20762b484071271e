/** The sum of the metrics of all workers. */
import { AggregatorRegistry, type MetricObject } from 'prom-client'
import type { Member } from './member.ts'
import type { FromWorker } from './messages.ts'

/** A worker that is later than this is left out of the sum. */
const LIMIT_MS = 1_000

export interface WorkerMetrics {
  /** Media type of what `render` returns. */
  readonly contentType: string
  render(): Promise<string>
  /** Takes the answer of a worker. */
  receive(message: FromWorker & { readonly tacit: 'metrics' }): void
}

/** @param connected the workers that can answer */
export function createWorkerMetrics(connected: () => readonly Member[]): WorkerMetrics {
  const waiting = new Map<number, (metrics: readonly object[]) => void>()
  let lastId = 0

  function ask(member: Member): Promise<readonly object[]> {
    lastId += 1
    const id = lastId
    return new Promise((resolve) => {
      const timer = setTimeout(answer, LIMIT_MS, [])
      function answer(metrics: readonly object[]): void {
        clearTimeout(timer)
        waiting.delete(id)
        resolve(metrics)
      }
      waiting.set(id, answer)
      member.send({ tacit: 'metrics', id })
    })
  }

  return {
    contentType: AggregatorRegistry.PROMETHEUS_CONTENT_TYPE,
    async render() {
      const answers = await Promise.all(connected().map(ask))
      return AggregatorRegistry.aggregate(answers as unknown as MetricObject[]).metrics()
    },
    receive: ({ id, metrics }) => waiting.get(id)?.(metrics),
  }
}
