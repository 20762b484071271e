/**
 * What a burst of sign-ins does a quarter of an hour later, when the access tokens of all its clients expire: with the
 * jitter of lifetimes, and without it.
 *
 * The sessions are written into the database, and their clients get their access tokens within one second of the
 * service's clock. The clock then jumps to the first expiry. From there, time runs as it does. A client is a page that
 * asks once a second: it refreshes within a second after the expiry of its access token.
 */
import { join } from 'node:path'
import type { Benchmark, Result } from './benchmark.ts'
import { type Client, createClient, expect } from './http.ts'
import { atMoments } from './pace.ts'
import { interleave, median, percentile, ratio } from './rounds.ts'
import { fill, nthSession, type Seed, USER_AGENT } from './seed.ts'
import { settingsFor, startScript, withFolder, withServers } from './servers.ts'
import { refreshToken } from './tokens.ts'

const CLIENTS = 10_000
const seed: Seed = { users: CLIENTS / 4, sessions: CLIENTS }
const ASKS_EVERY_MS = 1_000
const CONNECTIONS = 128
/** A round takes about a minute, so there are few. */
const ROUNDS = 1

interface Round {
  readonly latencies: readonly number[]
  readonly seconds: number
}

export const burst: Benchmark = {
  name: 'burst',
  about: `refreshes after ${CLIENTS} sign-ins of one second, with and without jitter: some two minutes`,
  long: true,
  async run() {
    const figures = await interleave(
      burst.name,
      { without: () => measure('off'), with: () => measure('on') },
      ROUNDS,
    )
    const share = (rounds: readonly Round[], of: number) =>
      rounds.map(({ latencies }) => percentile(latencies, of))
    const details = (rounds: readonly Round[], what: string) => ({
      [`${what}: p50 ms`]: median(share(rounds, 0.5)),
      [`${what}: p99 ms`]: median(share(rounds, 0.99)),
      [`${what}: seconds`]: median(rounds.map(({ seconds }) => seconds)),
    })
    const result: Result = {
      name: `p99 of a refresh after ${CLIENTS} sign-ins of one second`,
      ...ratio(share(figures.with, 0.99), share(figures.without, 0.99)),
      unit: 'times that without jitter',
      goal: { atMost: 0.1 },
      details: { ...details(figures.without, 'without'), ...details(figures.with, 'with') },
    }
    return [result]
  },
}

const measure = (jitter: 'on' | 'off'): Promise<Round> =>
  withFolder(async (folder) => {
    const url = `file:${join(folder, 'bench.db')}`
    fill(url, seed)
    const server = startScript('bench/burst-server.ts', settingsFor(url, { BENCH_JITTER: jitter }))
    return withServers([server], async ([service]) => {
      const client = createClient(service.url, CONNECTIONS)
      try {
        return await run(client)
      } finally {
        client.close()
      }
    })
  })

async function run(client: Client): Promise<Round> {
  const post = (path: string, body: object = {}) => expect(client, 200, { path, method: 'POST', body })
  const refresh = (cookie: string) =>
    expect(client, 200, { path: '/me', headers: { cookie, 'user-agent': USER_AGENT } })

  await post('/clock/stop')
  const expiries = await Promise.all(
    Array.from({ length: CLIENTS }, async (_, n) => {
      const { cookies } = await refresh(cookieOf(n, 1))
      return { cookie: cookieOf(n, 2), at: expiryOf(cookies) }
    }),
  )
  const first = Math.min(...expiries.map(({ at }) => at))
  await post('/clock/run', { at: first })
  const turns = expiries
    .map(({ cookie, at }) => ({ cookie, offset: at - first + Math.random() * ASKS_EVERY_MS }))
    .sort((a, b) => a.offset - b.offset)
  const begun = performance.now()
  const latencies = await atMoments(
    turns.map(({ offset }) => offset),
    (index) => refresh((turns[index] as (typeof turns)[number]).cookie),
  )
  return { latencies, seconds: (performance.now() - begun) / 1_000 }
}

const cookieOf = (n: number, generation: number): string =>
  `refresh=${refreshToken(nthSession(n, seed), generation)}`

/** When the access token of a response expires, in milliseconds since the Unix epoch. */
function expiryOf(cookies: readonly string[]): number {
  const [, payload = ''] = /^access=[^.]+\.([^.]+)\./m.exec(cookies.join('\n')) ?? []
  return JSON.parse(Buffer.from(payload, 'base64url').toString()).exp * 1_000
}
