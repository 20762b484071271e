/**
 * What the service weighs while many requests come, no two of them alike.
 */
import { progress } from './benchmark.ts'
import { type Memory, memoryOf } from './memory-of.ts'
import type { Server } from './process.ts'
import { type Requests, sendDifferent } from './sockets.ts'

const PARTS = 10
const CONNECTIONS = 64

export interface Weighing extends Omit<Requests, 'url' | 'connections'> {
  readonly title: string
}

/** @returns the memory after each tenth of the requests */
export async function weigh(server: Server, { title, amount, ...requests }: Weighing): Promise<Memory[]> {
  const seen: Memory[] = []
  for (let part = 0; part < PARTS; part += 1) {
    progress(`${title}: ${part} of ${PARTS} parts`)
    await sendDifferent({
      ...requests,
      amount: Math.ceil(amount / PARTS),
      url: server.url,
      connections: CONNECTIONS,
    })
    seen.push(await memoryOf(server.pid))
  }
  progress('')
  return seen
}

/** How the figures went on, for the table. */
export const series = (seen: readonly Memory[]): Record<string, string> => ({
  'resident MB': seen.map(({ resident }) => resident.toFixed(0)).join(' '),
  'heap MB': seen.map(({ heap }) => heap.toFixed(1)).join(' '),
})
