/**
 * How long others have to wait while sessions that have run out are deleted: by the steps themselves, and by requests
 * that come meanwhile.
 */
import { type Benchmark, progress, type Result } from './benchmark.ts'
import { createClient, expect } from './http.ts'
import { soManyASecond } from './pace.ts'
import { cookieHeader, register } from './people.ts'
import { median, percentile } from './rounds.ts'
import { settingsFor, startScript, withServers } from './servers.ts'

const PER_SECOND = 300
const CALM_SECONDS = 5
const GOAL = { atMost: 5 } satisfies Result['goal']

interface Pruned {
  readonly rows: number
  readonly steps: number[]
  readonly cpu: number[]
}

/** @param expired how many there are to go */
export const prune = (url: string, expired: number): ReturnType<Benchmark['run']> =>
  withServers([startScript('bench/pruning-server.ts', settingsFor(url))], async ([server]) => {
    const client = createClient(server.url)
    const cookie = cookieHeader(await register(server.url, 'meanwhile@example.com'))
    const send = () => expect(client, 200, { path: '/me', headers: { cookie } })
    const calm = await soManyASecond(PER_SECOND, CALM_SECONDS, send)

    progress(`pruning ${expired} sessions`)
    let done = false
    const pruning = expect(client, 200, { path: '/prune', method: 'POST' }).finally(() => {
      done = true
    })
    const meanwhile: number[] = []
    while (!done) meanwhile.push(...(await soManyASecond(PER_SECOND, 1, send)))
    const { rows, steps, cpu }: Pruned = JSON.parse((await pruning).body)
    client.close()
    progress('')
    if (rows < expired) throw new Error(`${rows} rows were pruned of ${expired}`)

    return [
      {
        name: `longest step of pruning ${rows} rows`,
        figure: Math.max(...steps),
        unit: 'ms',
        goal: GOAL,
        details: {
          steps: steps.length,
          'median ms': median(steps),
          'p99 ms': percentile(steps, 0.99),
          'CPU median ms': median(cpu),
        },
      },
      {
        name: `GET /me at ${PER_SECOND}/s meanwhile, p99`,
        figure: percentile(meanwhile, 0.99) - percentile(calm, 0.99),
        unit: 'ms more than before',
        goal: GOAL,
        details: {
          'p99 before ms': percentile(calm, 0.99),
          'p50 meanwhile ms': percentile(meanwhile, 0.5),
          'p99 meanwhile ms': percentile(meanwhile, 0.99),
          'longest before ms': Math.max(...calm),
          'longest meanwhile ms': Math.max(...meanwhile),
        },
      },
    ]
  })
