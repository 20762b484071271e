/**
 * How much memory the service holds when nobody has come yet, and while a hundred thousand people come again and again.
 */
import { join } from 'node:path'
import type { Benchmark, Result } from './benchmark.ts'
import { type Memory, memoryOf } from './memory-of.ts'
import type { Server } from './process.ts'
import { fill, nthSession } from './seed.ts'
import { startTacitToWeigh, withFolder, withServers } from './servers.ts'
import { accessToken } from './tokens.ts'
import { series, weigh } from './weigh.ts'

const PEOPLE = 100_000
const SEED = { users: PEOPLE, sessions: PEOPLE }

export const memory: Benchmark = {
  name: 'memory',
  about: `the memory of the service, idle and during as many requests of ${PEOPLE} people as --requests says`,
  long: true,
  run: ({ requests }) =>
    withFolder((folder) => {
      const url = `file:${join(folder, 'bench.db')}`
      fill(url, SEED)
      return withServers([startTacitToWeigh(url)], ([server]) => run(server, requests))
    }),
}

async function run(server: Server, requests: number): Promise<Result[]> {
  const idle = await memoryOf(server.pid)
  const tokens: string[] = []
  let sent = 0
  const next = (): string => {
    const person = sent++ % PEOPLE
    tokens[person] ??= accessToken({ session: nthSession(person, SEED) })
    return `cookie: access=${tokens[person]}`
  }
  const seen = await weigh(server, { title: memory.name, amount: requests, status: 200, next })

  // Once everybody has been there, whatever is remembered is full: the part after that is the first that may not grow.
  const full = Math.min(seen.length - 1, Math.ceil((PEOPLE * seen.length) / requests))
  const [warm, last] = [seen[full] as Memory, seen.at(-1) as Memory]
  return [
    {
      name: 'memory of an idle service',
      figure: idle.resident,
      unit: 'MB',
      details: { 'heap MB': idle.heap },
    },
    { name: `memory after ${sent} requests of ${PEOPLE} people`, figure: last.resident, unit: 'MB' },
    {
      name: 'the same, beside that when everybody had been there',
      figure: last.resident / warm.resident,
      unit: 'times as much',
      goal: { atMost: 1.1 },
      details: series(seen),
    },
  ]
}
