/**
 * Servers for the benchmarks: processes of their own, on a core of their own where the machine lets us choose.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Server {
  readonly url: string
  /** CPU time that the server has used, in microseconds; NaN where there is no /proc. */
  cpuMicroseconds(): number
  stop(): Promise<void>
}

const SERVER_CORE = '0'
const LOAD_CORE = '1'
const canPin = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0

/** Keeps the load generator, which is this process, away from the servers' core. */
export function pinLoad(): void {
  if (canPin) spawnSync('taskset', ['-a', '-p', '-c', LOAD_CORE, String(process.pid)])
}

/** The framework alone. */
export const startBare = (port: number): Promise<Server> => start(['node', 'bench/bare.ts'], port, {})

/** The service as `npm start` runs it, on a database file of its own. */
export async function startTacit(port: number, settings: NodeJS.ProcessEnv = {}): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'tacit-bench-'))
  const server = await start(['npm', 'start'], port, {
    DATABASE_URL: `file:${join(folder, 'bench.db')}`,
    LOG_LEVEL: 'error',
    RATE_LIMIT_MAX: '1000000000',
    LOGIN_RATE_LIMIT_MAX: '1000000000',
    ...settings,
  })
  const stop = async () => {
    await server.stop()
    rmSync(folder, { recursive: true })
  }
  return { ...server, stop }
}

async function start(command: readonly string[], port: number, settings: NodeJS.ProcessEnv): Promise<Server> {
  const [program = '', ...args] = canPin ? ['taskset', '-c', SERVER_CORE, ...command] : command
  // A group of its own: npm does not pass signals on to everything it starts.
  const child = spawn(program, args, {
    env: { ...process.env, ...settings, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  })
  const url = `http://localhost:${port}`
  await untilAnswering(url, child)
  const pid = child.pid as number
  const stop = async () => {
    process.kill(-pid, 'SIGTERM')
    await once(child, 'exit')
  }
  return { url, cpuMicroseconds: () => cpuOfGroup(pid), stop }
}

const TICK_MICROSECONDS = 10_000

/** npm, the shell it starts and the server are one group; only the last does any work under load. */
function cpuOfGroup(group: number): number {
  const members =
    spawnSync('pgrep', ['-g', String(group)], { encoding: 'utf8' })
      .stdout?.trim()
      .split('\n') ?? []
  const ticks = members.map((pid) => {
    const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1] ?? ''
    const fields = afterName.split(' ')
    return Number(fields[11]) + Number(fields[12])
  })
  return ticks.length === 0 ? Number.NaN : TICK_MICROSECONDS * ticks.reduce((sum, each) => sum + each)
}

const START_LIMIT_MS = 30_000

async function untilAnswering(url: string, child: ChildProcess): Promise<void> {
  for (const end = Date.now() + START_LIMIT_MS; Date.now() < end; await sleep(50)) {
    if (child.exitCode !== null) throw new Error(`the server at ${url} stopped with status ${child.exitCode}`)
    const answered = await fetch(`${url}/me`).then(
      () => true,
      () => false,
    )
    if (answered) return
  }
  throw new Error(`the server at ${url} did not answer within ${START_LIMIT_MS / 1_000} s`)
}
