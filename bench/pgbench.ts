/**
 * Refreshes on one PostgreSQL beside pgbench, which sends the bare `UPDATE … RETURNING` of a rotation.
 *
 * Three contestants take turns: pgbench, the store without HTTP, and the service. Each has as many sessions under way.
 * pgbench and the store change sessions of copies of the database, so that no one changes another's rows.
 */
import { spawnSync } from 'node:child_process'
import { globSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { createPostgresStore, type PostgresStore } from '../src/db/postgres/store.ts'
import type { PostgresServer } from '../test/support/postgres-server.ts'
import type { Benchmark, Options, Result } from './benchmark.ts'
import { measure } from './core-use.ts'
import { createClient } from './http.ts'
import { soManyAtATime } from './pace.ts'
import { moveTo, withPostgres } from './postgres-database.ts'
import { refresher } from './refreshing.ts'
import { interleave, median, ratio } from './rounds.ts'
import { fill, nthSession, type Seed } from './seed.ts'
import { EVERY_REFRESH_ROTATES, startTacit, withFolder, withServers } from './servers.ts'

const SESSIONS = 100_000
const SEED: Seed = { users: SESSIONS / 4, sessions: SESSIONS }
/** As many as the service has connections. */
const CONNECTIONS = 10
/** Requests under way at the service and at the store. */
const UNDER_WAY = 64

/** The nth session's id is made by the server, as seed.ts makes it. */
const UPDATE = `\\set n random(0, ${SESSIONS - 1})
UPDATE sessions SET generation = generation + 1, rotated_at = rotated_at + 1, handed_at = NULL, used_at = NULL,
  fallbacks = 0, confirmed_at = NULL, last_seen_at = last_seen_at + 1
WHERE id = substring(sha512(convert_to('session ' || :n, 'UTF8')) FROM 1 FOR 16) RETURNING *;
`

const READ = `\\set n random(0, ${SESSIONS - 1})
SELECT * FROM sessions JOIN users ON users.id = user_id
WHERE sessions.id = substring(sha512(convert_to('session ' || :n, 'UTF8')) FROM 1 FOR 16);
`

export const pgbench: Benchmark = {
  name: 'pgbench',
  about: 'refreshes on one PostgreSQL, beside the bare UPDATE of pgbench (Debian: postgresql-contrib)',
  long: true,
  run: (options) =>
    withFolder((folder) =>
      withPostgres(folder, async (server) => {
        const file = `file:${join(folder, 'bench.db')}`
        fill(file, SEED)
        await onServer(server, 'CREATE DATABASE service')
        const moved = await moveTo(server.urlOf('service'), file)
        for (const name of ['raw', 'store'])
          await onServer(server, `CREATE DATABASE ${name} TEMPLATE service`)
        const scripts = { update: join(folder, 'update.sql'), read: join(folder, 'read.sql') }
        writeFileSync(scripts.update, UPDATE)
        writeFileSync(scripts.read, READ)
        return [moved, await bytesOfSessions(server), ...(await compare(server, scripts, options))]
      }),
    ),
}

async function compare(
  server: PostgresServer,
  scripts: { readonly update: string; readonly read: string },
  { rounds, seconds }: Options,
): Promise<Result[]> {
  const store = await createPostgresStore({ url: server.urlOf('store'), feedMaxLagMs: 250 })
  const rotate = rotator(store)
  const costs: Record<'cpu' | 'commits' | 'wal' | 'update' | 'rotation' | 'refresh', number[]> = {
    ...{ cpu: [], commits: [], wal: [], update: [], rotation: [], refresh: [] },
  }
  const starting = startTacit(server.urlOf('service'), EVERY_REFRESH_ROTATES)
  const figures = await withServers([starting], async ([tacit]) => {
    const client = createClient(tacit.url)
    const refresh = refresher(client, SEED)
    /** Measures the rate, and the processor time of the server for each. */
    const measured = async (us: number[], run: () => Promise<number>) => {
      const { rate, postgres } = await measure(run, tacit.pid, server.pid)
      us.push((postgres / rate) * 1e6)
      return rate
    }
    const turns = {
      pgbench: async () => {
        const before = await walOf(server)
        const rate = await measured(costs.update, async () => rawRate(server, scripts.update, seconds))
        costs.wal.push(((await walOf(server)) - before) / (rate * seconds))
        return rate
      },
      reads: async () => rawRate(server, scripts.read, seconds),
      store: () => measured(costs.rotation, () => soManyAtATime(UNDER_WAY, seconds, rotate)),
      service: async () => {
        const before = { cpu: tacit.cpuMicroseconds(), commits: await commitsOf(server, 'service') }
        const rate = await measured(costs.refresh, () => soManyAtATime(UNDER_WAY, seconds, refresh))
        const requests = rate * seconds
        costs.cpu.push((tacit.cpuMicroseconds() - before.cpu) / requests)
        costs.commits.push(((await commitsOf(server, 'service')) - before.commits) / requests)
        return rate
      },
    }
    const figures = await interleave('refreshes on PostgreSQL', turns, rounds)
    client.close()
    return figures
  })
  await store.close()
  const beside = (name: 'store' | 'service'): Pick<Result, 'figure' | 'spread' | 'unit' | 'details'> => ({
    ...ratio(figures[name], figures.pgbench),
    unit: "of pgbench's updates",
    details: { [`${name}/s`]: median(figures[name]), 'pgbench/s': median(figures.pgbench) },
  })
  const [alone, service] = [beside('store'), beside('service')]
  return [
    {
      name: 'rotations of one store on one PostgreSQL',
      goal: { atLeast: 0.6 },
      ...alone,
      details: {
        ...alone.details,
        "PostgreSQL's CPU µs of an update of pgbench": median(costs.update),
        "PostgreSQL's CPU µs of a rotation": median(costs.rotation),
      },
    },
    {
      name: 'refreshes of one service on one PostgreSQL, on the same cores',
      ...service,
      details: {
        ...service.details,
        "PostgreSQL's CPU µs of a refresh": median(costs.refresh),
        'CPU µs of the service': median(costs.cpu),
        'transactions of a refresh': median(costs.commits),
        'WAL bytes of an update': median(costs.wal),
        'reads of pgbench/s': median(figures.reads),
      },
    },
  ]
}

function rawRate(server: PostgresServer, script: string, seconds: number): number {
  const [program = 'pgbench'] = globSync('/usr/lib/postgresql/*/bin/pgbench').sort().reverse()
  const args = ['-n', '-M', 'prepared', '-c', CONNECTIONS, '-j', 1, '-T', Math.max(1, seconds), '-f', script]
  const { stdout, stderr, error } = spawnSync(program, [...args.map(String), server.urlOf('raw')], {
    encoding: 'utf8',
  })
  const rate = Number(/^tps = ([\d.]+)/m.exec(stdout ?? '')?.[1])
  if (!(rate > 0)) throw new Error(`pgbench failed: ${error?.message ?? stderr}`)
  return rate
}

function rotator(store: PostgresStore): (index: number) => Promise<void> {
  const generations = new Map<number, number>()
  return async (index) => {
    const n = index % SESSIONS
    const { id } = nthSession(n, SEED)
    const from = generations.get(n) ?? 1
    const at = Date.now()
    const rotated = await store.rotateSession({
      ...{ id, from, to: from + 1, rotatedAt: at, handedAt: null, idleExpiresAt: at + 1, arrived: at },
      ...{ settledBy: at, ip: '203.0.113.142', userAgent: 'bench' },
    })
    if (rotated === undefined) throw new Error('the session was not rotated')
    generations.set(n, from + 1)
  }
}

async function bytesOfSessions(server: PostgresServer): Promise<Result> {
  const client = new pg.Client({ connectionString: server.urlOf('service') })
  await client.connect()
  const { rows } = await client.query(
    "SELECT pg_total_relation_size('sessions') AS total, pg_relation_size('sessions') AS own",
  )
  await client.end()
  return {
    name: `bytes of a session on PostgreSQL, with ${SESSIONS} of them`,
    figure: Number(rows[0].total) / SESSIONS,
    unit: 'bytes, indexes included',
    details: { 'of the table': Number(rows[0].own) / SESSIONS },
  }
}

async function walOf(server: PostgresServer): Promise<number> {
  const { rows } = await onServer(server, "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS bytes")
  return Number(rows[0].bytes)
}

async function commitsOf(server: PostgresServer, database: string): Promise<number> {
  const { rows } = await onServer(
    server,
    `SELECT xact_commit FROM pg_stat_database WHERE datname = '${database}'`,
  )
  return Number(rows[0].xact_commit)
}

async function onServer(server: PostgresServer, statement: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: server.urlOf('postgres') })
  await client.connect()
  try {
    return await client.query(statement)
  } finally {
    await client.end()
  }
}
