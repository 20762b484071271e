/**
 * Requests a second with WORKERS=1, 2 and 4, on SQLite and on PostgreSQL: authenticated, each with a
 * refresh, and sign-ins. Prints the ratio to one process, and which cores were busy with what. The
 * service, PostgreSQL and the load share all cores.
 *
 *     npm run bench:cluster -- [seconds] [rounds]
 */
import { chmodSync, readdirSync, readFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { findPostgres, type PostgresPrograms, reachable } from '../test/support/postgres-binaries.ts'
import { createCluster, startPostgresServer } from '../test/support/postgres-server.ts'
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
const TICK_US = 10_000
/** More than this part of all cores is as good as all. */
const ALL_BUSY = 0.93

/** Returns requests a second. */
type Load = () => Promise<number>

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

interface Figures {
  readonly rate: number
  /** Cores that the service, PostgreSQL, and all programs of the machine used. */
  readonly service: number
  readonly postgres: number
  readonly all: number
}

/** CPU time of the processes whose group or name matches: fields 5, 14 and 15 of proc_pid_stat(5). */
function cpuUs(matches: (group: number, name: string) => boolean): number {
  let ticks = 0
  for (const pid of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))
      if (matches(Number(fields[2]), name)) ticks += Number(fields[11]) + Number(fields[12])
    } catch {
      // The process has ended.
    }
  }
  return ticks * TICK_US
}

/** CPU time of the whole machine: user, nice and system. */
function machineUs(): number {
  const [, user, nice, system] = readFileSync('/proc/stat', 'utf8').split(/\s+/).map(Number)
  return ((user as number) + (nice as number) + (system as number)) * TICK_US
}

async function measure(run: Load, pid: number): Promise<Figures> {
  const used = () => [
    cpuUs((group) => group === pid),
    cpuUs((_group, name) => name === 'postgres'),
    machineUs(),
  ]
  const from = performance.now()
  const before = used()
  const rate = await run()
  const us = (performance.now() - from) * 1_000
  const [service, postgres, all] = used().map((each, place) => (each - (before[place] as number)) / us)
  return { rate, service, postgres, all } as Figures
}

function bottleneck({ service, postgres, all }: Figures): string {
  if (all / availableParallelism() >= ALL_BUSY) return 'all cores are busy'
  if (service >= 0.9 && service <= 1.05) return 'one core of the service'
  return postgres > service ? 'PostgreSQL' : 'waiting: the disk, or the only writer'
}

async function measureCase(databaseName: string, each: Case, newDatabase: () => Promise<string>) {
  const figures = new Map<number, Figures[]>(PROCESSES.map((workers) => [workers, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const workers of PROCESSES) {
      const settings = settingsFor(await newDatabase(), { ...each.settings, WORKERS: String(workers) })
      const figure = await withServers([startServer(INNER_COMMAND, settings, 'all')], async ([server]) => {
        const run = await each.prepare(server.url)
        await run()
        return measure(run, server.pid)
      })
      figures.get(workers)?.push(figure)
    }
  }
  const of = (workers: number, what: keyof Figures) =>
    median((figures.get(workers) as Figures[]).map((figure) => figure[what]))
  for (const workers of PROCESSES) {
    const [rate, service, postgres, all] = (['rate', 'service', 'postgres', 'all'] as const).map((what) =>
      of(workers, what),
    ) as [number, number, number, number]
    const ratio = (rate / of(1, 'rate')).toFixed(2)
    const cores = [service, postgres, all].map((part) => part.toFixed(2)).join(' | ')
    const limit = bottleneck({ rate, service, postgres, all })
    console.log(
      `| ${each.name} | ${databaseName} | ${workers} | ${Math.round(rate)} | ${ratio} | ${cores} | ${limit} |`,
    )
  }
}

await withFolder(async (folder) => {
  const load1 = (loadavg()[0] as number).toFixed(1)
  console.log(`${availableParallelism()} cores; load of the machine before the first round: ${load1}\n`)
  console.log('| load | database | WORKERS | a second | ratio | service | PostgreSQL | all | limit |')
  console.log('|---|---|---|---|---|---|---|---|---|')
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
      await measureCase('PostgreSQL', each, async () => {
        const name = nextName()
        const { default: pg } = await import('pg')
        const client = new pg.Client({ connectionString: postgres.urlOf('postgres') })
        await client.connect()
        await client.query(`CREATE DATABASE ${name}`)
        await client.end()
        return postgres.urlOf(name)
      })
    }
  } finally {
    await postgres.stop()
  }
})
