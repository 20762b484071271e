/**
 * How long after the answer of a sign-out a subscriber of the stream of revocations hears of it: from the process that
 * it is connected to, and from another one on the same database. And what waiting for changes costs.
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClients } from '../src/clients/clients.ts'
import { systemClock } from '../src/clock.ts'
import { createSqliteStore } from '../src/db/sqlite/store.ts'
import { createRevocationFeed } from '../src/verifier/revocations.ts'
import { type Benchmark, progress, type Result } from './benchmark.ts'
import { createClient, expect } from './http.ts'
import { type Cookies, cookieHeader, keep, PASSWORD, register } from './people.ts'
import type { Server } from './process.ts'
import { median, percentile } from './rounds.ts'
import { startTacit, withFolder, withServers } from './servers.ts'

const SIGN_OUTS = 200
const EMAIL = 'often@example.com'
const IDLE_MS = 10_000

async function registerClient(url: string) {
  const store = createSqliteStore({ url })
  try {
    const clients = createClients({ store, clock: systemClock, events: { record: async () => {} } })
    return await clients.create('bench')
  } finally {
    await store.close()
  }
}

async function signIn(url: string): Promise<Cookies> {
  const client = createClient(url)
  const body = { email: EMAIL, password: PASSWORD }
  const { cookies: lines } = await expect(client, 200, { path: '/auth/login', method: 'POST', body })
  client.close()
  const cookies: Cookies = new Map()
  keep(cookies, lines)
  return cookies
}

/** Signs out so often, and returns the milliseconds from each answer until the subscriber was told. */
async function delays({ url }: Server, told: () => Promise<number>): Promise<number[]> {
  const client = createClient(url)
  const figures: number[] = []
  for (let time = 0; time < SIGN_OUTS; time += 1) {
    progress(`revocations: sign-out ${time + 1} of ${SIGN_OUTS}`)
    const headers = { cookie: cookieHeader(await signIn(url)), 'sec-fetch-site': 'same-origin' }
    const heard = told()
    await expect(client, 204, { path: '/auth/logout', method: 'POST', headers })
    const answeredAt = performance.now()
    // The change may arrive before the answer.
    figures.push(Math.max(0, (await heard) - answeredAt))
  }
  progress('')
  client.close()
  return figures
}

async function idleShare(server: Server): Promise<number> {
  await sleep(1_000)
  const before = server.cpuMicroseconds()
  await sleep(IDLE_MS)
  return (server.cpuMicroseconds() - before) / (IDLE_MS * 1_000)
}

export const revocations: Benchmark = {
  name: 'revocations',
  about: `from the answer of a sign-out until a subscriber is told, over ${SIGN_OUTS}, in one process and across two`,
  run: () =>
    withFolder(async (folder) => {
      const database = `file:${join(folder, 'bench.db')}`
      const { client, secret } = await registerClient(database)
      return withServers([startTacit(database), startTacit(database)], async ([here, other]) => {
        await register(here.url, EMAIL)
        const idle = await idleShare(here)
        let tell = (_at: number) => {}
        const told = () =>
          new Promise<number>((resolve) => {
            tell = resolve
          })
        const up = Promise.withResolvers<void>()
        const feed = createRevocationFeed({
          url: `${here.url}/auth/revocations`,
          clientId: client.id,
          clientSecret: secret,
          onChange: () => tell(performance.now()),
          onState: (state) => (state === 'up' ? up.resolve() : up.reject(new Error('the stream is down'))),
        })
        feed.start()
        await up.promise
        const watching = await idleShare(here)
        const figures = {
          'the same process': await delays(here, told),
          'another process': await delays(other, told),
        }
        await feed.close()
        return Object.entries(figures).map(
          ([where, values]): Result => ({
            name: `p99 from a sign-out in ${where} until the subscriber is told`,
            figure: percentile(values, 0.99),
            unit: 'ms',
            goal: { atMost: 1_000 },
            details: {
              'p50 ms': median(values),
              'idle CPU without a stream %': 100 * idle,
              'idle CPU with a stream %': 100 * watching,
            },
          }),
        )
      })
    }),
}
