/**
 * How much longer others have to wait while sessions that have run out are deleted: who is only recognised, and who is
 * handed new tokens, which has to be written to the same file.
 */
import { type Benchmark, progress, type Result } from './benchmark.ts'
import { createClient, expect } from './http.ts'
import { soManyASecond } from './pace.ts'
import { cookieHeader, register } from './people.ts'
import { refresher } from './refreshing.ts'
import { median, percentile } from './rounds.ts'
import type { Filled } from './seed.ts'
import { EVERY_REFRESH_ROTATES, settingsFor, startScript, withServers } from './servers.ts'

const REQUESTS_A_SECOND = 300
const REFRESHES_A_SECOND = 100
const WARM_UP_SECONDS = 2
const CALM_SECONDS = 10
const GOAL = { atMost: 5 } satisfies Result['goal']

interface Pruned {
  readonly rows: number
  readonly steps: number[]
}

interface Latencies {
  readonly requests: number[]
  readonly refreshes: number[]
}

/** Deletes the sessions that have run out. */
export const prune = ({ url, seed }: Filled): ReturnType<Benchmark['run']> =>
  withServers([startService(url)], async ([server]) => {
    const client = createClient(server.url)
    const cookie = cookieHeader(await register(server.url, 'meanwhile@example.com'))
    const request = () => expect(client, 200, { path: '/me', headers: { cookie } })
    const refresh = refresher(client, seed, Math.floor(seed.sessions / 2))
    const load = async (seconds: number): Promise<Latencies> => {
      const [requests, refreshes] = await Promise.all([
        soManyASecond(REQUESTS_A_SECOND, seconds, request),
        soManyASecond(REFRESHES_A_SECOND, seconds, refresh),
      ])
      return { requests, refreshes }
    }
    const { expired = 0 } = seed
    progress(`pruning ${expired} sessions`)
    await load(WARM_UP_SECONDS)
    const calm = await load(CALM_SECONDS)

    let done = false
    const pruning = expect(client, 200, { path: '/prune', method: 'POST' }).finally(() => {
      done = true
    })
    const meanwhile: Latencies = { requests: [], refreshes: [] }
    while (!done) {
      const { requests, refreshes } = await load(1)
      meanwhile.requests.push(...requests)
      meanwhile.refreshes.push(...refreshes)
    }
    const { rows, steps }: Pruned = JSON.parse((await pruning).body)
    client.close()
    progress('')
    if (rows < expired) throw new Error(`${rows} rows were pruned of ${expired}`)

    const compared = (name: string, which: keyof Latencies): Result => ({
      name,
      figure: percentile(meanwhile[which], 0.99) - percentile(calm[which], 0.99),
      unit: 'ms more than before',
      goal: GOAL,
      details: { ...described('before', calm[which]), ...described('meanwhile', meanwhile[which]) },
    })
    const requests = compared(
      `p99 of GET /me at ${REQUESTS_A_SECOND}/s while ${rows} sessions are pruned`,
      'requests',
    )
    const refreshes = compared(`p99 of a refresh at ${REFRESHES_A_SECOND}/s meanwhile`, 'refreshes')
    const inSteps = {
      steps: steps.length,
      'median step ms': median(steps),
      'longest step ms': percentile(steps, 1),
    }
    return [
      { ...requests, details: { ...requests.details, ...inSteps } },
      { ...refreshes, details: { ...refreshes.details, ...EVERY_REFRESH_ROTATES } },
    ]
  })

const startService = (url: string) =>
  startScript('bench/pruning-server.ts', settingsFor(url, EVERY_REFRESH_ROTATES))

const described = (when: string, latencies: readonly number[]): Record<string, number> => ({
  [`p50 ${when} ms`]: percentile(latencies, 0.5),
  [`p99 ${when} ms`]: percentile(latencies, 0.99),
  [`longest ${when} ms`]: percentile(latencies, 1),
})
