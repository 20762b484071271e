import type { Mutant } from './mutant.ts'
import type { Outcome } from './outcome.ts'
import { createScratch, type Scratch } from './scratch.ts'

/** The result of a mutant. All but `killed` are failures. */
export interface Finding {
  readonly mutant: Mutant
  readonly isKilled: boolean
  /** "killed", or what is wrong. */
  readonly result: string
  readonly seconds: number
}

export interface ExamineOptions {
  /** How many mutants are examined at once. */
  readonly jobs: number
  /** How long a test file may run. */
  readonly limitMs: number
  readonly onFinding: (finding: Finding) => void
}

/** Runs the tests of each mutant, with it and without it, in copies of the repository. */
export async function examine(
  mutants: readonly Mutant[],
  { jobs, limitMs, onFinding }: ExamineOptions,
): Promise<Finding[]> {
  const healthy = createScratch(limitMs)
  const copies = Array.from({ length: Math.min(jobs, mutants.length) }, () => createScratch(limitMs))
  const removeAll = () => {
    for (const copy of [healthy, ...copies]) copy.remove()
  }
  const interrupted = () => process.exit(130)
  process.once('exit', removeAll).once('SIGINT', interrupted).once('SIGTERM', interrupted)

  const outcomes = new Map<string, Promise<Outcome>>()
  /** The results of each test on the unchanged sources, run once. */
  const unmutated = (test: string): Promise<Outcome> => {
    const outcome = outcomes.get(test) ?? healthy.run(test)
    outcomes.set(test, outcome)
    return outcome
  }

  async function resultOf(mutant: Mutant, copy: Scratch): Promise<string> {
    for (const test of mutant.tests) {
      const outcome = await unmutated(test)
      if (outcome !== 'passed') return `${test} ${outcome} without the mutant`
    }
    return copy.withMutant(mutant, async () => {
      for (const test of mutant.tests) {
        const outcome = await copy.run(test)
        if (outcome === 'failed') return 'killed'
        if (outcome !== 'passed') return `${test} ${outcome}: a mutant is killed by an assertion`
      }
      return 'survived'
    })
  }

  const findings: Finding[] = []
  const waiting = mutants.values()
  const work = async (copy: Scratch): Promise<void> => {
    // One iterator for all copies: each takes the next mutant that is waiting.
    for (const mutant of waiting) {
      const started = performance.now()
      const result = await resultOf(mutant, copy).catch((error: Error) => `does not apply: ${error.message}`)
      const seconds = (performance.now() - started) / 1_000
      const finding = { mutant, isKilled: result === 'killed', result, seconds }
      findings.push(finding)
      onFinding(finding)
    }
  }
  await Promise.all(copies.map(work))
  removeAll()
  return findings
}
