/**
 * A PostgreSQL server in a directory of its own.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type PostgresPrograms, serverAccount } from './postgres-binaries.ts'

export const POSTGRES_PASSWORD = 'a-password-of-tests'

export interface PostgresServer {
  readonly programs: PostgresPrograms
  /** Its data directory. */
  readonly data: string
  readonly port: number
  readonly pid: number
  /** The URL of a database on the server. */
  urlOf(database: string): string
  /** Ends every connection and stops. */
  stop(): Promise<void>
  /** Stops as a power cut would, but for what the operating system still writes. */
  kill(): Promise<void>
  /** Starts again after `stop` or `kill`, on the same port. */
  start(): Promise<void>
}

/** Makes a cluster that a server can be started on. */
export function createCluster({ initdb }: PostgresPrograms, directory: string): string {
  const data = join(directory, 'data')
  const { uid, gid } = serverAccount()
  if (uid !== undefined && gid !== undefined) chownSync(directory, uid, gid)
  const passwordFile = join(directory, 'password')
  writeFileSync(passwordFile, POSTGRES_PASSWORD)
  chmodSync(passwordFile, 0o644)
  const settings = ['--no-sync', '--no-instructions', '--locale=C', '--encoding=UTF8', '--auth=scram-sha-256']
  // A connection costs milliseconds of the processor otherwise.
  settings.push('-c', 'scram_iterations=1')
  execFileSync(initdb, ['-D', data, '-U', 'postgres', `--pwfile=${passwordFile}`, ...settings], {
    ...serverAccount(),
    cwd: directory,
    env: {},
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return data
}

/** Tests have no power cuts of the whole machine. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '400',
  shared_buffers: '32MB',
  dynamic_shared_memory_type: 'posix',
  max_wal_size: '256MB',
  fsync: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
}

export async function startPostgresServer(
  programs: PostgresPrograms,
  data: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<PostgresServer> {
  const port = await freePort()
  let child: ChildProcess

  async function start(): Promise<void> {
    const options = Object.entries({ ...SETTINGS, ...settings, port }).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ])
    child = spawn(programs.postgres, ['-D', data, ...options], {
      ...serverAccount(),
      cwd: data,
      env: {},
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let log = ''
    const failed = once(child, 'close').then(() => {
      throw new Error(`PostgreSQL stopped: ${log}`)
    })
    failed.catch(() => {})
    const ready = new Promise<void>((resolve) => {
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        if (log.length < 10_000) log += text
        if (text.includes('ready to accept connections')) resolve()
      })
    })
    await Promise.race([ready, failed])
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill(signal)
    await exit
  }

  await start()
  return {
    programs,
    data,
    port,
    get pid() {
      return child.pid as number
    },
    urlOf: (database) => `postgres://postgres:${POSTGRES_PASSWORD}@127.0.0.1:${port}/${database}`,
    // A fast shutdown.
    stop: () => end('SIGINT'),
    // An immediate shutdown: SIGKILL would leave its children behind.
    kill: () => end('SIGQUIT'),
    start,
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
