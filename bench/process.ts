/**
 * A server as a process of its own, on a port of its own.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { pinned } from './cores.ts'

export interface Server {
  readonly url: string
  readonly pid: number
  /** CPU time that the server has used, in microseconds; NaN where there is no /proc. */
  cpuMicroseconds(): number
  stop(): Promise<void>
}

/** Resolves when it answers. */
export async function startServer(
  command: readonly string[],
  environment: NodeJS.ProcessEnv,
  cores: 'of servers' | 'all' = 'of servers',
): Promise<Server> {
  const port = await freePort()
  const [program = '', ...args] = pinned(command, cores)
  // A group of its own: npm does not pass signals on to everything it starts.
  const child = spawn(program, args, {
    env: { ...process.env, ...environment, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  })
  endWithUs(child)
  const url = `http://localhost:${port}`
  const stop = () => stopGroup(child)
  await untilAnswering(url, child).catch(async (error) => {
    await stop()
    throw error
  })
  const pid = child.pid as number
  return { url, pid, cpuMicroseconds: () => cpuOfGroup(pid), stop }
}

/** Ends a process that was spawned with `detached`, and all that it has started. */
export async function stopGroup(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  process.kill(-(child.pid as number), 'SIGTERM')
  await once(child, 'exit')
}

export const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null

/** Groups outlive whoever started them, and do not hear of Ctrl-C. */
export function endWithUs(child: ChildProcess): void {
  const end = () => {
    if (!hasEnded(child)) process.kill(-(child.pid as number), 'SIGTERM')
  }
  process.on('exit', end)
  child.on('exit', () => process.off('exit', end))
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0)
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
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
    if (hasEnded(child)) throw new Error(`the server at ${url} stopped with status ${child.exitCode}`)
    const answered = await fetch(`${url}/me`).then(
      () => true,
      () => false,
    )
    if (answered) return
  }
  throw new Error(`the server at ${url} did not answer within ${START_LIMIT_MS / 1_000} s`)
}
