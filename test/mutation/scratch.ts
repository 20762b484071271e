import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { type Mutant, mutate } from './mutant.ts'
import { type Outcome, outcomeOf } from './outcome.ts'

export const root = fileURLToPath(new URL('../../', import.meta.url))

/** A copy of the repository, to break at will. */
export interface Scratch {
  /** Runs a test file in the copy, without coverage, for no longer than the limit. */
  run(test: string): Promise<Outcome>
  /**
   * Applies a mutant while `work` runs. Throws an error that says why, if the mutant does not
   * apply.
   */
  withMutant<Result>(mutant: Mutant, work: () => Promise<Result>): Promise<Result>
  /** Ends what still runs in the copy, and deletes it. */
  remove(): void
}

/** As the test runner does: a test starts without the settings of its caller. */
const WITHHELD: ReadonlySet<string> = new Set(
  JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).tap['test-env'],
)
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !WITHHELD.has(name)))

const LEFT_OUT = new Set(['node_modules', '.git', '.tap', '.env', 'data', 'coverage'])

/** @param limitMs how long a test file may run */
export function createScratch(limitMs: number): Scratch {
  const directory = mkdtempSync(join(tmpdir(), 'tacit-mutants-'))
  cpSync(root, directory, { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)) })
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'))

  const running = new Set<ChildProcess>()

  return {
    async run(test) {
      // A process group of its own, which ends as a whole with the processes that the test started.
      const child = spawn(process.execPath, [test], {
        cwd: directory,
        // Longer than the limit here, to tell a timeout from a failure.
        env: { ...environment, TAP_TIMEOUT: String((2 * limitMs) / 1_000) },
        stdio: ['ignore', 'pipe', 'ignore'],
        detached: true,
      })
      let isLate = false
      const deadline = setTimeout(() => {
        isLate = true
        endGroup(child)
      }, limitMs)
      running.add(child)
      const [tap, [status]] = await Promise.all([text(child.stdout), once(child, 'exit')])
      running.delete(child)
      clearTimeout(deadline)
      endGroup(child)
      return isLate ? 'timed out' : outcomeOf(tap, status)
    },

    async withMutant(mutant, work) {
      const path = join(directory, mutant.file)
      const source = readFileSync(path, 'utf8')
      writeFileSync(path, mutated(mutant, source))
      try {
        return await work()
      } finally {
        writeFileSync(path, source)
      }
    },

    remove() {
      for (const child of running) endGroup(child)
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function endGroup({ pid }: ChildProcess): void {
  try {
    process.kill(-(pid as number), 'SIGKILL')
  } catch {
    // No process of the group is left.
  }
}

/**
 * The source with the mutation, once it is known to parse: a syntax error would fail every test.
 */
export function mutated(mutant: Mutant, source: string): string {
  const result = mutate(mutant, source)
  if (mutant.file.endsWith('.ts')) stripTypeScriptTypes(result)
  return result
}
