/**
 * A PostgreSQL server of the benchmark's own that waits for the disk, with sessions that `tacit move` has brought there.
 */
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { move } from '../src/db/move/move.ts'
import { findPostgres, type PostgresPrograms, reachable } from '../test/support/postgres-binaries.ts'
import { createCluster, type PostgresServer, startPostgresServer } from '../test/support/postgres-server.ts'
import { progress, type Result } from './benchmark.ts'

/** As in production, where tests of the store leave them out. */
const DURABLE = {
  fsync: 'on',
  full_page_writes: 'on',
  autovacuum: 'on',
  shared_buffers: '1GB',
  max_wal_size: '4GB',
}

export async function withPostgres<Value>(
  folder: string,
  work: (server: PostgresServer) => Promise<Value>,
): Promise<Value> {
  const directory = join(folder, 'postgres')
  mkdirSync(directory)
  // The server has an account of its own if this process is root.
  for (const each of [folder, directory]) chmodSync(each, 0o755)
  const programs = reachable((await findPostgres()) as PostgresPrograms, directory)
  const server = await startPostgresServer(programs, createCluster(programs, directory), DURABLE)
  process.on('exit', () => server.kill())
  try {
    return await work(server)
  } finally {
    await server.stop()
  }
}

/** Moves the rows of a file, and tells how fast. */
export async function moveTo(to: string, from: string): Promise<Result> {
  const begun = performance.now()
  let largestMb = 0
  const { tables } = await move({
    ...{ from, to, now: Date.now() },
    onProgress({ table, step, rows, of }) {
      largestMb = Math.max(largestMb, process.memoryUsage.rss() / 1e6)
      if (rows % 50_000 === 0) progress(`${table}: ${step} ${rows} of ${of}`)
    },
  })
  const rows = tables.reduce((sum, table) => sum + table.rows, 0)
  const seconds = (performance.now() - begun) / 1_000
  return {
    name: `moving ${rows} rows from SQLite, compared afterwards`,
    figure: rows / seconds,
    unit: 'rows a second',
    details: { 'in s': seconds, 'largest memory MB': largestMb },
  }
}
