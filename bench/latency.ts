/**
 * What a storm of sign-ins does to everybody else, who share the service's one core with it.
 */
import { join } from 'node:path'
import type { Benchmark, Options, Result } from './benchmark.ts'
import { type Client, createClient, expect } from './http.ts'
import { soManyASecond, soManyAtATime } from './pace.ts'
import { cookieHeader, register } from './people.ts'
import { interleave, median, percentile, ratio } from './rounds.ts'
import { startTacit, withFolder, withServers } from './servers.ts'
import { fillAccounts, signIn } from './sign-ins.ts'

const PER_SECOND = 300
const STORM = 16
const MOST_SIGN_INS_PER_SECOND = 200

interface Round {
  readonly p50: number
  readonly p99: number
  readonly signIns: number
}

export const latency: Benchmark = {
  name: 'latency',
  about: `GET /me at a steady ${PER_SECOND}/s while sign-ins run at concurrency ${STORM}, beside the same without them`,
  run: (options) =>
    withFolder(async (folder) => {
      const url = `file:${join(folder, 'bench.db')}`
      const accounts = (options.rounds + 1) * options.seconds * MOST_SIGN_INS_PER_SECOND
      await fillAccounts(url, accounts)
      return withServers([startTacit(url)], async ([tacit]) => {
        const cookie = cookieHeader(await register(tacit.url, 'steady@example.com'))
        return run(createClient(tacit.url), cookie, accounts, options)
      })
    }),
}

async function run(
  client: Client,
  cookie: string,
  accounts: number,
  { rounds, seconds }: Options,
): Promise<Result[]> {
  const steady = () =>
    soManyASecond(PER_SECOND, seconds, () => expect(client, 200, { path: '/me', headers: { cookie } }))
  let next = 0
  const calm = async (): Promise<Round> => judged(await steady(), 0)
  const storm = async (): Promise<Round> => {
    // A little longer than what it is to disturb, on both sides.
    const storming = soManyAtATime(STORM, seconds + 1, () => signIn(client, next++ % accounts))
    await new Promise((resolve) => setTimeout(resolve, 500))
    const latencies = await steady()
    return judged(latencies, await storming)
  }
  const figures = await interleave(latency.name, { calm, storm }, rounds)
  client.close()

  const p99 = (rows: readonly Round[]) => rows.map((row) => row.p99)
  return [
    {
      name: `p99 of GET /me at ${PER_SECOND}/s during sign-ins at concurrency ${STORM}`,
      ...ratio(p99(figures.storm), p99(figures.calm)),
      unit: 'times the calm p99',
      goal: { atMost: 2 },
      details: {
        'calm p50 ms': median(figures.calm.map(({ p50 }) => p50)),
        'calm p99 ms': median(p99(figures.calm)),
        'storm p50 ms': median(figures.storm.map(({ p50 }) => p50)),
        'storm p99 ms': median(p99(figures.storm)),
        'sign-ins/s': median(figures.storm.map(({ signIns }) => signIns)),
      },
    },
  ]
}

const judged = (latencies: readonly number[], signIns: number): Round => ({
  p50: percentile(latencies, 0.5),
  p99: percentile(latencies, 0.99),
  signIns,
})
