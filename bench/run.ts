/**
 * `npm run bench`: the service beside bare Fastify, in rounds that alternate, so that what else the machine does falls
 * on both alike. Prints a Markdown table of medians and writes bench/results.json. Figures are ratios within a run.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Load, load, type Round } from './load.ts'
import { CONNECTIONS, type Scenario, scenarios } from './scenarios.ts'
import { pinLoad, type Server, startBare, startTacit } from './servers.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    only: { type: 'string', default: '' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

if (values.help) {
  console.log(
    'npm run bench -- [--rounds 5] [--seconds 4] [--only TEXT]\n\n--only runs the scenarios whose name has TEXT in it.',
  )
  process.exit()
}

const rounds = Number(values.rounds)
const seconds = Number(values.seconds)

interface Result {
  readonly name: string
  readonly goal: number
  readonly ratio: number
  readonly spread: readonly [number, number]
  readonly bare: number
  readonly tacit: number
  /** CPU time of one request, in microseconds: hardly moved by what else the machine does. */
  readonly bareCpu: number
  readonly tacitCpu: number
}

interface Measured extends Round {
  readonly cpu: number
}

async function measureRound(server: Server, options: Omit<Load, 'url'>): Promise<Measured> {
  const before = server.cpuMicroseconds()
  const round = await load({ ...options, url: `${server.url}/me` })
  return { ...round, cpu: (server.cpuMicroseconds() - before) / (round.requestsPerSecond * options.seconds) }
}

async function measure(scenario: Scenario, bare: Server, tacit: Server): Promise<Result> {
  const specific = await scenario.prepare(tacit.url)
  const shared = { connections: CONNECTIONS, seconds }
  const pairs: (readonly [Measured, Measured])[] = []
  for (let round = 0; round <= rounds; round += 1) {
    const one = await measureRound(bare, shared)
    const other = await measureRound(tacit, { ...shared, ...specific })
    // The first round warms both up.
    if (round > 0) pairs.push([one, other])
    process.stderr.write(`\r${scenario.name}: round ${round} of ${rounds} `)
  }
  process.stderr.write('\n')
  const ratios = pairs
    .map(([one, other]) => other.requestsPerSecond / one.requestsPerSecond)
    .sort((a, b) => a - b)
  return {
    name: scenario.name,
    goal: scenario.goal,
    ratio: median(ratios),
    spread: [ratios[0] as number, ratios.at(-1) as number],
    bare: median(pairs.map(([one]) => one.requestsPerSecond)),
    tacit: median(pairs.map(([, other]) => other.requestsPerSecond)),
    bareCpu: median(pairs.map(([one]) => one.cpu)),
    tacitCpu: median(pairs.map(([, other]) => other.cpu)),
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] as number) + (sorted[Math.ceil(middle)] as number)) / 2
}

const row = ({ name, bare, tacit, ratio, spread, goal, bareCpu, tacitCpu }: Result) =>
  `| ${[
    name,
    bare.toFixed(0),
    tacit.toFixed(0),
    `**${ratio.toFixed(2)}**`,
    spread.map((each) => each.toFixed(2)).join('–'),
    goal.toFixed(2),
    bareCpu.toFixed(0),
    tacitCpu.toFixed(0),
  ].join(' | ')} |`

const HEAD = `| | bare Fastify, requests/s | Tacit, requests/s | ratio | spread | goal | CPU µs bare | CPU µs Tacit |
|---|---|---|---|---|---|---|---|`

pinLoad()
const [bare, tacit] = await Promise.all([startBare(3_901), startTacit(3_902)])
try {
  const results: Result[] = []
  for (const scenario of scenarios.filter(({ name }) => name.includes(values.only))) {
    results.push(await measure(scenario, bare, tacit))
  }
  console.log(HEAD)
  for (const result of results) console.log(row(result))
  writeFileSync(new URL('results.json', import.meta.url), `${JSON.stringify(results, null, 2)}\n`)
} finally {
  await Promise.all([bare.stop(), tacit.stop()])
}
