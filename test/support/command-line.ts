import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import type { Environment } from '../../src/config/environment.ts'
import { PASSWORD, testEnvironment } from './app.ts'

export const program = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))

export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  /** What is piped into standard input. */
  readonly input?: string | Buffer
  readonly environment?: Settings
}

/** What is undefined is not in the environment at all. */
type Settings = { readonly [Name in keyof Environment]?: Environment[Name] | undefined }

export interface CommandLine {
  /** The current directory of the program, which nobody else uses. */
  readonly directory: string
  /** The same database for the service and the program. */
  readonly environment: Partial<Environment>
  /** Runs the real program to its end. */
  tacit(args: readonly string[], options?: RunOptions): Promise<Outcome>
  /**
   * Runs a command line as `tacit` does. Returns the JSON that it printed, or throws if it failed.
   */
  tacitJson<Shape>(args: readonly string[], options?: RunOptions): Promise<Shape>
  /** Starts the real program, and leaves the rest to the test. */
  begin(args: readonly string[], options?: RunOptions): ChildProcessWithoutNullStreams
  /** Starts the real program on a terminal of its own, and leaves the rest to the test. */
  onTerminal(args: readonly string[], environment?: object): ChildProcessWithoutNullStreams
}

export function commandLine(t: Pick<Test, 'testdir'>): CommandLine {
  const directory = t.testdir({})
  const environment = { ...testEnvironment, DATABASE_URL: `file:${join(directory, 'tacit.db')}` }
  const options = (overrides: Settings = {}) => ({
    cwd: directory,
    // Of code from the compile cache less can be told about what has run: coverage would take it for covered.
    env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1', ...strings({ ...environment, ...overrides }) },
  })

  const begin = (args: readonly string[], { environment }: RunOptions = {}) =>
    spawn(process.execPath, [program, ...args], options(environment))

  async function tacit(args: readonly string[], { input = '', environment }: RunOptions = {}) {
    const child = begin(args, environment === undefined ? {} : { environment })
    // A program that does not read its input may be gone before it is written.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    const [stdout, stderr, [status]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ])
    return { status, stdout, stderr } as Outcome
  }

  return {
    directory,
    environment,
    begin,
    tacit,
    async tacitJson(args, options) {
      const { status, stdout, stderr } = await tacit([...args, '--json'], options)
      if (status !== 0) throw new Error(`tacit ${args.join(' ')}: ${stderr}`)
      return JSON.parse(stdout)
    },
    onTerminal(args, environment) {
      const command = [process.execPath, program, ...args].map((word) => `'${word}'`).join(' ')
      return spawn(
        'script',
        ['--quiet', '--return', '--flush', '--command', command, '/dev/null'],
        options(environment),
      )
    },
  }
}

/** Why a test that needs a terminal is skipped. Only the `script` of util-linux makes one for a program whose input is a pipe. */
export const WITHOUT_TERMINAL = spawnSync('script', ['--version']).stdout?.includes('util-linux')
  ? false
  : 'there is no script of util-linux here'

const strings = (settings: Settings) =>
  Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]) => (value === undefined ? [] : [[name, `${value}`]])),
  )

/** Creates an account as an operator does in a script. */
export const createUser = ({ tacit }: CommandLine, email = 'ada@example.com', ...options: string[]) =>
  tacit(['user', 'create', email, '--password-stdin', ...options], { input: `${PASSWORD}\n` })
