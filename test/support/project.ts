/**
 * An empty project, into which the packed package is installed. npm asks its registry for what it
 * has not cached.
 */
import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Teardown } from './app.ts'
import { type Outcome, type RunOptions, run, startOutside } from './outside-run.ts'
import { CACHE, packed } from './package.ts'

/** The Node.js of a major version: this one, or the newest in the registry. */
export async function nodeOf(major: number): Promise<string> {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const prefix = join(CACHE, `node-${major}`)
  const node = join(prefix, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (!existsSync(node)) {
    mkdirSync(prefix, { recursive: true })
    writeFileSync(join(prefix, 'package.json'), '{"private":true}')
    await run('npm', ['install', '--no-audit', '--no-fund', `${name}@${major}`], { cwd: prefix })
  }
  return node
}

/** The major versions to test on: all of them by `npm run test:package`, this one by `npm test`. */
export const nodeVersions = (): readonly number[] =>
  process.env.TACIT_PACKAGE_MATRIX === undefined ? [Number.parseInt(process.versions.node, 10)] : [22, 24]

export interface Project {
  readonly directory: string
  write(name: string, text: string): void
  run(command: string, args: readonly string[], options?: Partial<RunOptions>): Promise<Outcome>
  /** Starts a program that listens on PORT and logs that it does. Resolves with its address. */
  start(command: string, args: readonly string[], options?: Partial<RunOptions>): Promise<string>
}

/**
 * A project of ES modules outside the repository, with nothing but the package and the named ones
 * installed.
 * @param packages as `npm install` takes them
 */
export async function emptyProject(
  t: Teardown,
  packages: readonly string[],
  node?: string,
): Promise<Project> {
  const { tarball } = await packed()
  const directory = mkdtempSync(join(tmpdir(), 'tacit-project-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  const project = projectIn(t, directory, node)
  project.write('package.json', '{ "name": "empty-project", "private": true, "type": "module" }')
  await project.run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball, ...packages])
  return project
}

export function projectIn(t: Teardown, directory: string, node?: string): Project {
  const complete = (options: Partial<RunOptions> = {}) => ({
    cwd: directory,
    ...(node && { node }),
    ...options,
  })
  return {
    directory,
    write: (name, text) => writeFileSync(join(directory, name), text),
    run: (command, args, options) => run(command, args, complete(options)),
    async start(command, args, options) {
      const child = startOutside(command, args, complete({ ...options, env: { ...options?.env, PORT: '0' } }))
      t.teardown(() => endGroup(child))
      return addressOf(child)
    },
  }
}

/** From the line that Fastify logs when it listens. */
function addressOf(child: ChildProcess): Promise<string> {
  let output = ''
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text
        const [, port] = /listening at http:\/\/127\.0\.0\.1:(\d+)/.exec(output) ?? []
        if (port !== undefined) resolve(`http://localhost:${port}`)
      })
    }
    child.once('close', (status) => reject(new Error(`It ended with status ${status}: ${output}`)))
  })
}

function endGroup({ pid }: ChildProcess): void {
  try {
    process.kill(-(pid as number), 'SIGKILL')
  } catch {
    // It has ended.
  }
}
