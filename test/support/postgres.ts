/**
 * PostgreSQL for tests: the server of TEST_POSTGRES_URL, or one that is started for the run. Each
 * test gets a database of its own.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import type { Teardown } from './app.ts'
import { findPostgres, type PostgresPrograms, reachable } from './postgres-binaries.ts'
import { createCluster, type PostgresServer, startPostgresServer } from './postgres-server.ts'
import { temporaryDirectory, temporaryRoot } from './temporary-directory.ts'

const SUPERVISOR = fileURLToPath(new URL('./postgres-supervisor.ts', import.meta.url))

const hasServer = process.env.TEST_POSTGRES_URL !== undefined || (await findPostgres()) !== undefined

/** Options of a test that needs PostgreSQL. */
export const needsPostgres = {
  skip:
    hasServer || process.env.TACIT_REQUIRE_POSTGRES === '1'
      ? false
      : 'no PostgreSQL for this platform: set TEST_POSTGRES_URL',
}

/** The process that ends when the run of tests ends: each test file is a child of the runner. */
const runner = process.env.TAP === '1' ? process.ppid : process.pid

let shared: Promise<string> | undefined

/** The URL of a database on which others can be created. */
export function sharedPostgres(): Promise<string> {
  shared ??= process.env.TEST_POSTGRES_URL ? Promise.resolve(process.env.TEST_POSTGRES_URL) : joinServer()
  return shared
}

async function joinServer(): Promise<string> {
  const directory = join(temporaryRoot(), `tacit-postgres-${runner}`)
  try {
    mkdirSync(directory, { mode: 0o755 })
    const options = { detached: true, stdio: 'ignore', cwd: '/', env: { PATH: process.env.PATH } } as const
    spawn(process.execPath, [SUPERVISOR, directory, String(runner)], options).unref()
  } catch (error) {
    // Another test file starts it.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const result = join(directory, 'result.json')
  while (!existsSync(result)) await sleep(POLL_MS)
  const { url, error } = JSON.parse(readFileSync(result, 'utf8'))
  if (error !== undefined) throw new Error(error)
  return url
}

const POLL_MS = 20

/** Runs statements as the owner of the server. */
export async function onServer<Result>(
  url: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** The URL of a new, empty database, which goes with the test. Call it before a store opens it. */
export async function temporaryPostgres(t: Teardown, template = 'template1'): Promise<string> {
  const server = await sharedPostgres()
  const name = `tacit_${randomBytes(8).toString('hex')}`
  await onServer(server, (client) =>
    client.query(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`),
  )
  t.teardown(() => onServer(server, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`)))
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

/** A server of the test's own, which it may stop and start again. */
export async function ownPostgres(
  t: Teardown,
  settings?: Readonly<Record<string, string>>,
): Promise<PostgresServer> {
  const directory = temporaryDirectory(t)
  chmodSync(directory, 0o755)
  const programs = reachable((await findPostgres()) as PostgresPrograms, directory)
  const server = await startPostgresServer(programs, createCluster(programs, directory), settings)
  t.teardown(() => server.kill())
  return server
}
