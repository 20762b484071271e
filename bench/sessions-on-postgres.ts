/**
 * Many sessions on PostgreSQL: what a row takes, and what a refresh takes longer for them, beside SQLite with as many.
 */
import { join } from 'node:path'
import pg from 'pg'
import { createPostgresStore } from '../src/db/postgres/store.ts'
import type { PostgresServer } from '../test/support/postgres-server.ts'
import { type Benchmark, type Options, progress, type Result } from './benchmark.ts'
import { createClient } from './http.ts'
import { soManyASecond } from './pace.ts'
import { withPostgres } from './postgres-database.ts'
import { refresher } from './refreshing.ts'
import { interleave, median, percentile, ratio } from './rounds.ts'
import { fill, nthSession, nthUser, type Seed } from './seed.ts'
import { EVERY_REFRESH_ROTATES, startTacit, withFolder, withServers } from './servers.ts'
import { FEW, PER_SECOND, seedOf } from './sessions.ts'

const ROWS_AT_ONCE = 250_000

export const sessionsOnPostgres: Benchmark = {
  name: 'rows on PostgreSQL',
  about:
    'bytes of a row and the p99 of a refresh on PostgreSQL, with as many sessions as --sessions says, beside SQLite',
  long: true,
  run: (options) =>
    withFolder((folder) =>
      withPostgres(folder, async (server) => {
        const [few, many] = [seedOf(FEW), seedOf(options.sessions)]
        await fillPostgres(server, 'few', few)
        const begun = performance.now()
        await fillPostgres(server, 'many', many)
        const filled = { 'filled in s': (performance.now() - begun) / 1_000 }
        const file = `file:${join(folder, 'many.db')}`
        fill(file, many)
        return [
          await bytesOfRows(server, options.sessions, filled),
          ...(await compare(server, file, [few, many], options)),
        ]
      }),
    ),
}

async function compare(
  server: PostgresServer,
  file: string,
  [fewSeed, manySeed]: readonly [Seed, Seed],
  { rounds, seconds }: Options,
): Promise<Result[]> {
  const starting = [server.urlOf('few'), server.urlOf('many'), file].map((url) =>
    startTacit(url, EVERY_REFRESH_ROTATES),
  )
  const figures = await withServers(starting, async (servers) => {
    const clients = servers.map(({ url }) => createClient(url))
    const [few, many, sqlite] = clients.map((client, index) =>
      refresher(client, index === 0 ? fewSeed : manySeed),
    ) as [() => Promise<void>, () => Promise<void>, () => Promise<void>]
    const measured = await interleave(
      `refreshes beside ${manySeed.sessions} sessions on PostgreSQL`,
      {
        few: () => soManyASecond(PER_SECOND, seconds, few),
        many: () => soManyASecond(PER_SECOND, seconds, many),
        sqlite: () => soManyASecond(PER_SECOND, seconds, sqlite),
      },
      rounds,
    )
    for (const client of clients) client.close()
    return measured
  })
  const share = (name: keyof typeof figures, of: number) => figures[name].map((row) => percentile(row, of))
  const ms = (name: keyof typeof figures) => ({
    [`${name} p50 ms`]: median(share(name, 0.5)),
    [`${name} p99 ms`]: median(share(name, 0.99)),
  })
  return [
    {
      name: `p99 of a refresh on PostgreSQL with ${manySeed.sessions} sessions, at ${PER_SECOND}/s`,
      ...ratio(share('many', 0.99), share('few', 0.99)),
      unit: `times that with ${FEW}`,
      goal: { atMost: 1.3 },
      details: { ...ms('few'), ...ms('many') },
    },
    {
      name: 'the same beside SQLite with as many',
      ...ratio(share('many', 0.99), share('sqlite', 0.99)),
      unit: 'times that of SQLite',
      details: ms('sqlite'),
    },
  ]
}

/** Writes the rows of seed.ts, computed by the server. */
async function fillPostgres(server: PostgresServer, name: string, seed: Seed): Promise<void> {
  await onServer(server, 'postgres', (client) => client.query(`CREATE DATABASE ${name}`))
  const store = await createPostgresStore({ url: server.urlOf(name), feedMaxLagMs: 250 })
  await store.close()
  await onServer(server, name, async (client) => {
    await client.query('SET synchronous_commit = off')
    const { expired = 0 } = seed
    const [user, session] = [nthUser(0), nthSession(expired, seed)]
    for (let from = 0; from < seed.users; from += ROWS_AT_ONCE) {
      progress(`filling ${name}: ${from} of ${seed.users} accounts`)
      await client.query(
        `INSERT INTO users (id, email, email_key, role, password_hash, created_at, password_changed_at, sign_in_notices)
         SELECT ('019bc186-de00-7360-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'person-' || n || '@example.com',
           'person-' || n || '@example.com', 'user', $3, $4, $4, true
         FROM generate_series($1::bigint, $2::bigint) AS n`,
        [from, Math.min(seed.users, from + ROWS_AT_ONCE) - 1, user.passwordHash, user.createdAt],
      )
    }
    const month = session.expiresAt - session.createdAt
    for (let from = 0; from < seed.sessions; from += ROWS_AT_ONCE) {
      progress(`filling ${name}: ${from} of ${seed.sessions} sessions`)
      await client.query(
        `WITH rows AS (
           SELECT n, sha512(convert_to('session ' || n, 'UTF8')) AS random,
             $3::bigint - 29::bigint * 86400000 + floor((n - $4::bigint)::float8 / $5 * 29 * 86400000)::bigint
               - CASE WHEN n < $4 THEN $6::bigint ELSE 0 END AS begun
           FROM generate_series($1::bigint, $2::bigint) AS n
         )
         INSERT INTO sessions (id, user_id, seed, generation, rotated_at, confirmed_at, authenticated_at, created_at,
           remember, idle_expires_at, expires_at, ip, user_agent, last_seen_at, used_at)
         SELECT substring(random FROM 1 FOR 16),
           ('019bc186-de00-7360-8000-' || lpad(to_hex((
             (get_byte(random, 48)::bigint << 24) + (get_byte(random, 49) << 16) + (get_byte(random, 50) << 8)
               + get_byte(random, 51)) % $7::bigint), 12, '0'))::uuid,
           substring(random FROM 17 FOR 32), 1, begun, begun + 60000, begun, begun, true,
           CASE WHEN n < $4 THEN begun ELSE $3 END + 7 * 86400000, begun + $6, $8, $9, begun, begun
         FROM rows`,
        [
          ...[from, Math.min(seed.sessions, from + ROWS_AT_ONCE) - 1, user.createdAt, expired, seed.sessions],
          ...[month, seed.users, session.ip, session.userAgent],
        ],
      )
    }
    progress(`filling ${name}: statistics`)
    await client.query('VACUUM ANALYZE')
    await client.query('CHECKPOINT')
    progress('')
  })
}

async function bytesOfRows(
  server: PostgresServer,
  rows: number,
  details: Record<string, number>,
): Promise<Result> {
  const sizes = await onServer(server, 'many', (client) =>
    client.query(
      `SELECT pg_relation_size('sessions') AS "the table",
         ${['sessions_pkey', 'sessions_user_id', 'sessions_expires_at'].map((name) => `pg_relation_size('${name}') AS ${name}`).join()}`,
    ),
  )
  const parts = Object.entries(sizes.rows[0] as Record<string, string>).map(
    ([name, bytes]) => [name, Number(bytes) / rows] as const,
  )
  return {
    name: `bytes of a session on PostgreSQL, with ${rows} of them`,
    figure: parts.reduce((sum, [, size]) => sum + size, 0),
    unit: 'bytes, indexes included',
    details: { ...Object.fromEntries(parts), ...details },
  }
}

async function onServer<Value>(
  server: PostgresServer,
  database: string,
  work: (client: pg.Client) => Promise<Value>,
): Promise<Value> {
  const client = new pg.Client({ connectionString: server.urlOf(database) })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
