import { spawn } from 'node:child_process'
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
  /** Runs a test file in the copy, without coverage. */
  run(test: string): Promise<Outcome>
  /** Applies a mutant while `work` runs. Throws an error that says why, if the mutant does not apply. */
  withMutant<Result>(mutant: Mutant, work: () => Promise<Result>): Promise<Result>
  remove(): void
}

const LEFT_OUT = new Set(['node_modules', '.git', '.tap', '.env', 'data', 'coverage'])

/** @param limitMs how long a test file may run */
export function createScratch(limitMs: number): Scratch {
  const directory = mkdtempSync(join(tmpdir(), 'tacit-mutants-'))
  cpSync(root, directory, { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)) })
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'))

  return {
    async run(test) {
      // A process group of its own, which ends as a whole: a test may have started processes itself.
      const child = spawn(process.execPath, [test], {
        cwd: directory,
        env: { ...process.env, TAP_TIMEOUT: String(limitMs) },
        stdio: ['ignore', 'pipe', 'ignore'],
        detached: true,
      })
      const end = () => process.kill(-(child.pid as number), 'SIGKILL')
      const deadline = setTimeout(end, limitMs)
      const [tap, [status]] = await Promise.all([text(child.stdout), once(child, 'exit')])
      clearTimeout(deadline)
      return outcomeOf(tap, status)
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

    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

/** The source with the mutation, once it is known to parse: a syntax error would fail every test. */
export function mutated(mutant: Mutant, source: string): string {
  const result = mutate(mutant, source)
  if (mutant.file.endsWith('.ts')) stripTypeScriptTypes(result)
  return result
}
