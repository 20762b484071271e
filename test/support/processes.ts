import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Environment } from '../../src/config/environment.ts'
import { type Teardown, testEnvironment } from './app.ts'

/**
 * Starting a server takes a fifth less CPU. Servers report no coverage, which the cache would
 * spoil.
 */
export const COMPILE_CACHE = fileURLToPath(new URL('../../node_modules/.cache/tacit-tests', import.meta.url))

const program = fileURLToPath(new URL('./server.ts', import.meta.url))

export interface ServerProcess {
  readonly port: number
  /** Its log so far: warnings and worse, unless a setting says otherwise. */
  logged(): string
  /** Its output on standard error. */
  complained(): string
  /** Lets the process exit by itself, once its parent has disconnected. */
  leave(): Promise<void>
  /** Ends the process as a power cut would: it does not get to do anything more. */
  kill(): Promise<void>
  /** Pauses the process. Data that is sent meanwhile waits in its sockets. */
  pause(): void
  /** Lets it go on. */
  resume(): void
}

/**
 * Starts a server on this database. It goes with the test, or with this process at the latest.
 * @param watcher a program and its arguments, which runs the server and looks at what it does
 */
export async function startServer(
  t: Teardown,
  database: string,
  settings: Partial<Environment> = {},
  watcher: readonly string[] = [],
): Promise<ServerProcess> {
  const [execPath = process.execPath, ...execArgv] = [...watcher, process.execPath]
  const child = fork(program, {
    execPath,
    execArgv,
    env: environment({
      ...testEnvironment,
      DATABASE_URL: `file:${database}`,
      LOG_LEVEL: 'warn',
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      ...settings,
    }),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let log = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    log += text
  })
  let complaints = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
    process.stderr.write(text)
  })
  const kill = () => end(child)
  t.teardown(kill)
  const started = once(child, 'message') as Promise<[number]>
  const failed = once(child, 'close').then(([status]) => {
    throw new Error(`the server stopped with status ${status} before it listened: ${complaints}`)
  })
  const [port] = await Promise.race([started, failed])
  failed.catch(() => {})
  const leave = async () => {
    const exit = once(child, 'exit')
    child.disconnect()
    await exit
  }
  return {
    port,
    leave,
    kill,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    logged: () => log,
    complained: () => complaints,
  }
}

export const startServers = (
  t: Teardown,
  count: number,
  database: string,
  settings: Partial<Environment> = {},
): Promise<ServerProcess[]> =>
  Promise.all(Array.from({ length: count }, () => startServer(t, database, settings)))

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

/**
 * The environment of this process without the variables of the test runner: a killed process cannot
 * report to it.
 */
export function environment(settings: object): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(NODE_|_?TAP)/.test(name))
  return {
    ...Object.fromEntries(inherited),
    ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)])),
  }
}
