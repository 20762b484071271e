/** The real service with several worker processes, as `tacit start` runs it. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { on, once } from 'node:events'
import { createInterface } from 'node:readline'
import type BetterSqlite from 'better-sqlite3'
import type { Test } from 'tap'
import type { Environment } from '../../src/config/environment.ts'
import { openBeside } from './browser.ts'
import { commandLine, programPath } from './command-line.ts'
import { COMPILE_CACHE, environment } from './processes.ts'

export interface LogLine {
  readonly pid: number
  readonly msg: string
  readonly [field: string]: unknown
}

export interface WorkersService {
  readonly port: number
  /** Opens its database, which is a file of SQLite. */
  database(): BetterSqlite.Database
  /** The log so far. */
  readonly lines: readonly LogLine[]
  /** The ids of the workers that listen and have not been reported as ended or replaced. */
  pids(): number[]
  /** Waits for a line whose message contains the text, the `count`th one of them. */
  logged(text: string, count?: number): Promise<LogLine>
  signal(signal: NodeJS.Signals): void
  /** The exit status of the primary process. */
  readonly exit: Promise<number | null>
}

/** Starts the service, and waits until every worker listens. */
export async function startWorkers(
  t: Test,
  count: number,
  settings: Partial<Environment> = {},
): Promise<WorkersService> {
  const line = commandLine(t)
  const args = ['start', '--port', '0', '--address', '127.0.0.1']
  const ofWorkers = { LOG_LEVEL: 'info', WORKERS: String(count), ...settings }
  return watchWorkers(t, count, line.begin(args, { environment: ofWorkers }), line.environment)
}

/** The same without coverage, which takes less time. */
export async function startUnmeasuredWorkers(
  t: Test,
  count: number,
  settings: Partial<Environment> = {},
): Promise<WorkersService> {
  const { directory, environment: own } = commandLine(t)
  const all = { ...own, LOG_LEVEL: 'info', WORKERS: String(count), ...settings }
  const args = [programPath, 'start', '--port', '0', '--address', '127.0.0.1']
  const service = spawn(process.execPath, args, {
    cwd: directory,
    env: environment({ ...all, NODE_COMPILE_CACHE: COMPILE_CACHE }),
  })
  return watchWorkers(t, count, service, own)
}

async function watchWorkers(
  t: Test,
  count: number,
  service: ChildProcessWithoutNullStreams,
  { DATABASE_URL }: Partial<Environment>,
): Promise<WorkersService> {
  t.teardown(() => service.kill('SIGKILL'))
  service.stderr.pipe(process.stderr)
  const exit = once(service, 'exit').then(([status]) => status as number | null)
  const lines: LogLine[] = []
  const output = createInterface({ input: service.stdout })
  output.on('line', (text) => lines.push(JSON.parse(text)))

  async function logged(text: string, count = 1): Promise<LogLine> {
    const matching = () => lines.filter(({ msg }) => msg.includes(text))
    const closed = new AbortController()
    output.once('close', () => closed.abort(new Error(`The log ended without: ${text}`)))
    if (matching().length < count) {
      for await (const _ of on(output, 'line', { signal: closed.signal })) {
        if (matching().length >= count) break
      }
    }
    return matching()[count - 1] as LogLine
  }

  const first = await logged('Server listening at')
  await logged('Server listening at', count)
  return {
    port: Number(/:(\d+)/.exec(first.msg.replace('http:', ''))?.[1]),
    database: () => openBeside(t, String(DATABASE_URL).slice('file:'.length)),
    lines,
    logged,
    exit,
    signal: (signal) => void service.kill(signal),
    pids() {
      const started = lines.filter(({ msg }) => msg.includes('Server listening at')).map(({ pid }) => pid)
      const gone = lines.flatMap(({ old, worker, msg }) => (msg.includes('ended') ? [worker] : [old]))
      return started.filter((pid) => !gone.includes(pid))
    },
  }
}
