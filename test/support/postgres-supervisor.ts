/**
 * Runs one PostgreSQL server for all test files of a run, and stops it when the run has ended.
 * postgres.ts starts this program as a process of its own.
 */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findPostgres, type PostgresPrograms, reachable } from './postgres-binaries.ts'
import { createCluster, startPostgresServer } from './postgres-server.ts'

const [directory, runner] = process.argv.slice(2) as [string, string]
const CHECK_EVERY_MS = 250

/** Written whole: the test files wait for it. */
function announce(result: object): void {
  writeFileSync(join(directory, 'draft'), JSON.stringify(result))
  renameSync(join(directory, 'draft'), join(directory, 'result.json'))
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

try {
  const home = join(directory, 'server')
  mkdirSync(home, { mode: 0o755 })
  const programs = reachable((await findPostgres()) as PostgresPrograms, home)
  const server = await startPostgresServer(programs, createCluster(programs, home))
  announce({ url: server.urlOf('postgres'), supervisor: process.pid })
  while (isRunning(Number(runner))) await sleep(CHECK_EVERY_MS)
  await server.stop()
} catch (error) {
  announce({ error: String(error) })
  while (isRunning(Number(runner))) await sleep(CHECK_EVERY_MS)
} finally {
  rmSync(directory, { recursive: true, force: true })
}
