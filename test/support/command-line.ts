import {
  type ChildProcess,
  type ChildProcessWithoutNullStreams,
  fork,
  spawn,
  spawnSync,
} from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import tap, { type Test } from 'tap'
import type { Environment } from '../../src/config/environment.ts'
import { PASSWORD, testEnvironment } from './app.ts'
import type { Job } from './command-line-runner.ts'

const pathOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export const programPath = pathOf('../../src/cli.ts')

export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  /** The content of standard input. */
  readonly input?: string | Buffer
  readonly environment?: Settings
}

/** An undefined setting is not in the environment at all. */
type Settings = { readonly [Name in keyof Environment]?: Environment[Name] | undefined }

export interface CommandLine {
  /** The current directory of the program, which no other test uses. */
  readonly directory: string
  /** The same database for the service and the program. */
  readonly environment: Partial<Environment>
  /**
   * Runs a command line in a process beside the test, which runs those of the whole file. `start`
   * has a process of its own.
   */
  tacit(args: readonly string[], options?: RunOptions): Promise<Outcome>
  /** Runs the real program in a process of its own. */
  program(args: readonly string[], options?: RunOptions): Promise<Outcome>
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
    // Code from the compile cache would count as covered.
    env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1', ...strings({ ...environment, ...overrides }) },
  })

  const begin = (args: readonly string[], { environment }: RunOptions = {}) =>
    spawn(process.execPath, [programPath, ...args], options(environment))

  async function program(args: readonly string[], { input = '', environment }: RunOptions = {}) {
    const child = begin(args, environment === undefined ? {} : { environment })
    // A program that does not read its input may end before it is written.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    const [stdout, stderr, [status]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ])
    return { status, stdout, stderr } as Outcome
  }

  async function tacit(args: readonly string[], given: RunOptions = {}) {
    if (args[0] === 'start') return program(args, given)
    const { input = '', environment } = given
    const { env } = options(environment)
    return runBeside({ args, directory, environment: env, input })
  }

  return {
    directory,
    environment,
    begin,
    tacit,
    program,
    async tacitJson(args, options) {
      const { status, stdout, stderr } = await tacit([...args, '--json'], options)
      if (status !== 0) throw new Error(`tacit ${args.join(' ')}: ${stderr}`)
      return JSON.parse(stdout)
    },
    onTerminal(args, environment) {
      const command = [process.execPath, programPath, ...args].map((word) => `'${word}'`).join(' ')
      // Without `exec`, a shell such as dash stays the parent, and Ctrl-C ends it with status 130.
      return spawn(
        'script',
        ['--quiet', '--return', '--flush', '--command', `exec ${command}`, '/dev/null'],
        options(environment),
      )
    },
  }
}

let runner: ChildProcess | undefined

/** One at a time, as a test awaits them. */
async function runBeside(job: Job): Promise<Outcome> {
  runner ??= startRunner()
  const answer = once(runner, 'message')
  runner.send(job)
  return (await answer)[0]
}

function startRunner(): ChildProcess {
  const child = fork(pathOf('./command-line-runner.ts'), { serialization: 'advanced' })
  tap.teardown(async () => {
    child.disconnect()
    await once(child, 'exit')
  })
  return child
}

/**
 * Why a test that needs a terminal is skipped. Only the `script` of util-linux makes one for a
 * program whose input is a pipe.
 */
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
