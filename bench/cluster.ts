/**
 * Requests a second with WORKERS=1, 2 and 4, on SQLite and on PostgreSQL: authenticated, each with a
 * refresh, and sign-ins. Prints the ratio to one process, and which cores were busy with what. The
 * service, PostgreSQL and the load share all cores.
 *
 *     npm run bench:cluster -- [seconds] [rounds]
 */
import { chmodSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { findPostgres, type PostgresPrograms, reachable } from '../test/support/postgres-binaries.ts'
import { createCluster, startPostgresServer } from '../test/support/postgres-server.ts'
import { bottleneck, type Figures, type Load, measure } from './core-use.ts'
import { createClient, expect } from './http.ts'
import { load } from './load.ts'
import { soManyAtATime } from './pace.ts'
import { PASSWORD, register } from './people.ts'
import { type Server, startServer } from './process.ts'
import { median } from './rounds.ts'
import { CONNECTIONS, scenarios } from './scenarios.ts'
import { INNER_COMMAND, settingsFor, withFolder, withServers } from './servers.ts'

const [seconds = 3, rounds = 3] = process.argv.slice(2).map(Number)
const PROCESSES = [1, 2, 4]
const SIGN_INS_AT_ONCE = 8

interface Case {
  readonly name: string
  readonly settings: Readonly<Record<string, string>>
  prepare(url: string): Promise<Load>
}

const CASES: readonly Case[] = [
  ...scenarios
    .filter(({ name }) => !name.includes('bearer'))
    .map(({ name, settings = {}, prepare }) => ({
      name,
      settings,
      prepare: async (url: string): Promise<Load> => {
        const specific = await prepare(url)
        const server = { url, cpuMicroseconds: () => 0 } as Server
        // On PostgreSQL, a few refreshes may meet a token of the same millisecond.
        const judge = () => {
          try {
            specific.judge?.()
          } catch (error) {
            console.error(String(error))
          }
        }
        return async () =>
          (await load(server, { connections: CONNECTIONS, seconds, ...specific, judge })).requestsPerSecond
      },
    })),
  {
    name: 'sign-ins',
    settings: {},
    async prepare(url) {
      const emails = Array.from({ length: 16 }, (_, person) => `person${person}@example.com`)
      for (const email of emails) await register(url, email)
      const client = createClient(url)
      let next = 0
      const signIn = () => {
        const body = { email: emails[next++ % emails.length] as string, password: PASSWORD }
        return expect(client, 200, { path: '/auth/login', method: 'POST', body })
      }
      return () => soManyAtATime(SIGN_INS_AT_ONCE, seconds, signIn)
    },
  },
]

async function measureCase(
  databaseName: string,
  each: Case,
  newDatabase: () => Promise<string>,
  postgresPid?: number,
): Promise<void> {
  const figures = new Map<number, Figures[]>(PROCESSES.map((workers) => [workers, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const workers of PROCESSES) {
      const settings = settingsFor(await newDatabase(), { ...each.settings, WORKERS: String(workers) })
      const figure = await withServers([startServer(INNER_COMMAND, settings, 'all')], async ([server]) => {
        const run = await each.prepare(server.url)
        await run()
        return measure(run, server.pid, postgresPid)
      })
      figures.get(workers)?.push(figure)
    }
  }
  const of = (workers: number, what: keyof Figures) =>
    median((figures.get(workers) as Figures[]).map((figure) => figure[what]))
  for (const workers of PROCESSES) {
    const rate = of(workers, 'rate')
    const service = of(workers, 'service')
    const postgres = of(workers, 'postgres')
    const load = of(workers, 'load')
    const others = of(workers, 'others')
    const ratio = (rate / of(1, 'rate')).toFixed(2)
    const cpu = Math.round(((service + postgres) * 1e6) / rate)
    const cores = [service, postgres, load, others].map((part) => part.toFixed(2)).join(' | ')
    const limit = bottleneck({ rate, service, postgres, load, others })
    console.log(
      `| ${each.name} | ${databaseName} | ${workers} | ${Math.round(rate)} | ${ratio} | ${cpu} | ${cores} | ${limit} |`,
    )
  }
}

await withFolder(async (folder) => {
  const load1 = (loadavg()[0] as number).toFixed(1)
  console.log(`${availableParallelism()} cores; load of the machine before the first round: ${load1}\n`)
  console.log(
    '| load | database | WORKERS | a second | ratio | CPU µs of each | service | PostgreSQL | load | others | limit |',
  )
  console.log('|---|---|---|---|---|---|---|---|---|---|---|')
  let databases = 0
  const nextName = () => `bench${++databases}`
  for (const each of CASES) {
    await measureCase('SQLite', each, async () => `file:${join(folder, `${nextName()}.db`)}`)
  }
  const found = await findPostgres()
  if (found === undefined) return console.log('No PostgreSQL for this platform.')
  chmodSync(folder, 0o755)
  const programs: PostgresPrograms = reachable(found, folder)
  // The tests' server gives durability up for speed.
  const durable = { fsync: 'on', full_page_writes: 'on', autovacuum: 'on' }
  const postgres = await startPostgresServer(programs, createCluster(programs, folder), durable)
  try {
    for (const each of CASES) {
      await measureCase(
        'PostgreSQL',
        each,
        async () => {
          const name = nextName()
          const { default: pg } = await import('pg')
          const client = new pg.Client({ connectionString: postgres.urlOf('postgres') })
          await client.connect()
          await client.query(`CREATE DATABASE ${name}`)
          await client.end()
          return postgres.urlOf(name)
        },
        postgres.pid,
      )
    }
  } finally {
    await postgres.stop()
  }
})
