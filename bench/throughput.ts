/**
 * Requests a second beside bare Fastify, and beside other libraries where they are installed.
 */
import { join } from 'node:path'
import type { Benchmark, Options, Result } from './benchmark.ts'
import { type Load, load, type Round } from './load.ts'
import { startPeers } from './peers.ts'
import type { Server } from './process.ts'
import { interleave, median, ratio } from './rounds.ts'
import { CONNECTIONS, type Scenario, scenarios } from './scenarios.ts'
import { startBare, startScript, withFolder, withServers, withTacit } from './servers.ts'

type Turn = () => Promise<Round>

interface Contestant {
  readonly name: string
  readonly server: Server
  readonly load: Partial<Load>
}

export const throughput: readonly Benchmark[] = scenarios.map((scenario) => ({
  name: scenario.name,
  about: `requests a second with ${CONNECTIONS} connections, beside bare Fastify${scenario.peers ? ' and the peers' : ''}`,
  run: (options) =>
    withTacit(
      (tacit) => withServers([startBare()], ([bare]) => run(scenario, bare, tacit, options)),
      scenario.settings,
    ),
}))

async function run(
  scenario: Scenario,
  bare: Server,
  tacit: Server,
  { rounds, seconds }: Options,
): Promise<Result[]> {
  const shared = { connections: CONNECTIONS, seconds }
  const specific = await scenario.prepare(tacit.url)
  const turn =
    (server: Server, more: Partial<Load> = {}): Turn =>
    () =>
      load(server, { ...shared, ...more })

  const measure = async (peers: readonly Contestant[]): Promise<Result[]> => {
    const others = peers.map(({ name, server, load }): [string, Turn] => [name, turn(server, load)])
    const figures = await interleave(
      scenario.name,
      { bare: turn(bare), tacit: turn(tacit, specific), ...Object.fromEntries(others) } as Record<
        string,
        Turn
      >,
      rounds,
    )
    const beside = (name: string, rows: Round[]): Pick<Result, 'figure' | 'spread' | 'unit' | 'details'> => ({
      ...ratio(rows.map(rate), (figures.bare as Round[]).map(rate)),
      unit: 'of bare Fastify',
      details: {
        'bare/s': median((figures.bare as Round[]).map(rate)),
        [`${name}/s`]: median(rows.map(rate)),
        'CPU µs bare': median((figures.bare as Round[]).map(({ cpu }) => cpu)),
        [`CPU µs ${name}`]: median(rows.map(({ cpu }) => cpu)),
      },
    })
    const besideBare = beside('Tacit', figures.tacit as Round[])
    return [
      {
        name: scenario.name,
        goal: { atLeast: scenario.goal },
        ...besideBare,
        details: { ...besideBare.details, ...scenario.settings },
      },
      ...peers.map(({ name }) => ({
        name: `the same, ${name}`,
        ...beside('it', figures[name] as Round[]),
      })),
    ]
  }
  return withContestants(scenario, measure)
}

/** Others that do the same, for as long as the work takes. */
async function withContestants<Value>(
  scenario: Scenario,
  work: (others: readonly Contestant[]) => Promise<Value>,
): Promise<Value> {
  if (scenario.least) {
    return withFolder((folder) =>
      withServers([startScript('bench/least.ts', { DATABASE: join(folder, 'least.db') })], async ([server]) =>
        work([{ name: 'the least', server, load: await scenario.prepare(server.url) }]),
      ),
    )
  }
  const peers = scenario.peers ? await startPeers() : []
  try {
    return await work(peers.map(({ name, server, headers }) => ({ name, server, load: { headers } })))
  } finally {
    await Promise.all(peers.map(({ server }) => server.stop()))
  }
}

const rate = ({ requestsPerSecond }: Round): number => requestsPerSecond
