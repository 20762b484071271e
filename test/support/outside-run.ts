/**
 * Programs that run outside the repository: without its settings, its programs in PATH and what npm
 * adds for its scripts.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { delimiter, dirname } from 'node:path'
import { promisify } from 'node:util'

export interface Outcome {
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd: string
  readonly env?: NodeJS.ProcessEnv
  readonly input?: string
  /** The Node.js that comes first in PATH. */
  readonly node?: string
}

/**
 * Runs a program to its end in an environment that holds nothing of the project. Rejects if it
 * fails.
 */
export async function run(
  command: string,
  args: readonly string[],
  { cwd, env, input = '', node }: RunOptions,
): Promise<Outcome> {
  const options = { cwd, env: { ...outsideEnvironment(node), ...env }, maxBuffer: 16 * 1_024 * 1_024 }
  const running = promisify(execFile)('env', [...WITHOUT_RUNNER, command, ...args], options)
  running.child.stdin?.end(input)
  return running
}

/**
 * Starts a program in the same environment, in a process group of its own: npm and npx do not
 * always pass signals on.
 */
export function startOutside(
  command: string,
  args: readonly string[],
  { cwd, env, node }: RunOptions,
): ChildProcess {
  return spawn('env', [...WITHOUT_RUNNER, command, ...args], {
    cwd,
    env: { ...outsideEnvironment(node), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
}

/**
 * The test runner adds this to the environment of every child process, and would be loaded into it.
 */
const WITHOUT_RUNNER = ['-u', 'NODE_OPTIONS']

/** The variables that a program needs to run, and npm to reach its registry. */
const KEPT =
  /^(HOME|USER|TMPDIR|TEMP|TMP|LANG|SystemRoot|APPDATA|LOCALAPPDATA|USERPROFILE|CI|(https?|no)_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|npm_config_(registry|cache|userconfig|globalconfig|cafile|(https?|no)_?proxy))$/i

function outsideEnvironment(node = process.execPath): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => KEPT.test(name))
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'))
  return { ...Object.fromEntries(kept), PATH: [dirname(realpathSync(node)), ...path].join(delimiter) }
}
