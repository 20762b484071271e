/**
 * `npm run bench`: measures, prints a Markdown table and writes bench/results.json. Figures are ratios within a run
 * wherever two things can be compared: medians of rounds that alternate.
 */
import { parseArgs } from 'node:util'
import type { Benchmark, Options, Result } from './benchmark.ts'
import { burst } from './burst.ts'
import { pinLoad } from './cores.ts'
import { forgotten } from './forgotten.ts'
import { latency } from './latency.ts'
import { memory } from './memory.ts'
import { pgbench } from './pgbench.ts'
import { refused } from './refused.ts'
import { refusedMemory } from './refused-memory.ts'
import { register } from './register.ts'
import { revocations } from './revocations.ts'
import { secondService } from './second-service.ts'
import { sessions } from './sessions.ts'
import { sessionsOnPostgres } from './sessions-on-postgres.ts'
import { signIns } from './sign-ins.ts'
import { start } from './start.ts'
import { table, writeJson } from './table.ts'
import { throughput } from './throughput.ts'
import { verifier } from './verifier.ts'

const benchmarks: readonly Benchmark[] = [
  ...throughput,
  signIns,
  latency,
  burst,
  forgotten,
  register,
  refused,
  refusedMemory,
  revocations,
  verifier,
  secondService,
  start,
  sessions,
  memory,
  pgbench,
  sessionsOnPostgres,
]

const { only, help, ...numbers } = readOptions()

if (help) {
  const names = benchmarks.map(
    ({ name, about, long }) => `  ${name}${long ? ' (when asked for)' : ''}: ${about}`,
  )
  console.log(`npm run bench -- [--only TEXT] [--rounds 5] [--seconds 4] [--sessions 10000000] [--requests 1000000]

--only      runs the benchmarks whose name has TEXT in it; several TEXTs are separated by commas
--rounds    how often everything is measured, after one round that warms up
--seconds   how long one contestant is measured in one round
--sessions  rows in the database, for the benchmarks of many sessions
--requests  requests, for the benchmarks of memory

${names.join('\n')}`)
  process.exit()
}

const wanted = benchmarks.filter(({ name, long }) =>
  only === undefined ? !long : only.split(',').some((text) => name.includes(text)),
)
if (wanted.length === 0) stop(`No benchmark is called ${only}`)

for (const [name, value] of Object.entries(numbers)) {
  if (!(Number(value) > 0)) stop(`--${name} takes a number above 0`)
}
const options = Object.fromEntries(
  Object.entries(numbers).map(([name, value]) => [name, Number(value)]),
) as unknown as Options

// Servers are stopped and databases deleted as this process exits.
process.on('SIGINT', () => process.exit(130))
process.on('SIGTERM', () => process.exit(143))

pinLoad()
const results: Result[] = []
try {
  for (const benchmark of wanted) results.push(...(await benchmark.run(options)))
} finally {
  // What was measured before one of them failed was measured all the same.
  console.log(table(results))
  writeJson(results, new URL('results.json', import.meta.url))
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        rounds: { type: 'string', default: '5' },
        seconds: { type: 'string', default: '4' },
        only: { type: 'string' },
        sessions: { type: 'string', default: '10000000' },
        requests: { type: 'string', default: '1000000' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values
  } catch (error) {
    return stop((error as Error).message)
  }
}

function stop(why: string): never {
  console.error(`${why}. --help tells what there is.`)
  process.exit(2)
}
