/** A Redis server of the tests' own, on a free port, with a password. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'

export const REDIS_PASSWORD = 'a-password-of-redis'

/**
 * Returns why tests of Redis are skipped, or false if redis-server is installed.
 * @throws if it is missing and TACIT_REQUIRE_REDIS is set
 */
export function withoutRedis(
  program = 'redis-server',
  { TACIT_REQUIRE_REDIS }: Readonly<Record<string, string | undefined>> = process.env,
): string | false {
  if (spawnSync(program, ['--version']).status === 0) return false
  const reason = `not installed: ${program}`
  if (TACIT_REQUIRE_REDIS) throw new Error(reason)
  return reason
}

export interface TestRedis {
  readonly url: string
  /** Sends a command, and returns what the server answers. */
  command(...words: string[]): Promise<string>
  signal(signal: NodeJS.Signals): void
  /** Ends the server as a power cut would. */
  kill(): Promise<void>
  /** Starts it again, empty. */
  start(): Promise<void>
}

export async function startRedis(t: Test, options: readonly string[] = []): Promise<TestRedis> {
  const port = await freePort()
  let server: ChildProcess | undefined

  async function start(): Promise<void> {
    const own = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--requirepass', REDIS_PASSWORD]
    server = spawn('redis-server', [...own, ...options], { stdio: 'ignore', cwd: tmpdir() })
    while ((await command('PING').catch(() => '')) !== '+PONG') await sleep(10)
  }

  async function kill(): Promise<void> {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return
    const exit = once(server, 'exit')
    server.kill('SIGKILL')
    await exit
  }

  async function command(...words: string[]): Promise<string> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    const lines = [`AUTH ${REDIS_PASSWORD}`, words.join(' '), 'QUIT']
    socket.end(`${lines.join('\r\n')}\r\n`)
    let answer = ''
    for await (const chunk of socket) answer += chunk
    return answer.replace(/^\+OK\r\n/, '').replace(/\r\n\+OK\r\n$/, '')
  }

  t.teardown(kill)
  await start()
  return {
    url: `redis://:${REDIS_PASSWORD}@127.0.0.1:${port}`,
    command,
    kill,
    start,
    signal: (signal) => void server?.kill(signal),
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}
