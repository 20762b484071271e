/**
 * What refused tokens leave behind: nothing.
 */
import type { Benchmark, Result } from './benchmark.ts'
import type { Memory } from './memory-of.ts'
import type { Server } from './process.ts'
import { CARRIERS, KINDS, withHolder } from './refused-tokens.ts'
import { startTacitToWeigh } from './servers.ts'
import type { Holder } from './tokens.ts'
import { series, weigh } from './weigh.ts'

export const refusedMemory: Benchmark = {
  name: 'refused tokens, what stays',
  about: 'the memory of the service before and after as many different ones as --requests says',
  run: ({ requests }) => withHolder(startTacitToWeigh, (server, holder) => run(server, holder, requests)),
}

async function run(server: Server, holder: Holder, amount: number): Promise<Result[]> {
  const makers = Object.values(KINDS)
  const carriers = Object.values(CARRIERS)
  let sent = 0
  const next = (): string => {
    const make = makers[sent % makers.length] as (typeof makers)[number]
    const carry = carriers[sent++ % carriers.length] as (typeof carriers)[number]
    return Object.entries(carry(make(holder)))
      .map(([name, value]) => `${name}: ${value}`)
      .join('\r\n')
  }
  const seen = await weigh(server, { title: refusedMemory.name, amount, status: 401, next })
  const [first, last] = [seen[0] as Memory, seen.at(-1) as Memory]
  return [
    {
      name: `memory after ${sent} different refused tokens`,
      figure: last.resident / first.resident,
      unit: 'times that after a tenth of them',
      goal: { atMost: 1.1 },
      details: series(seen),
    },
  ]
}
