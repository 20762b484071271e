/** `npm run mutate`: shows that the tests notice wrong versions of the sources. */
import { createHash, randomInt } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { examine } from './examine.ts'
import type { Mutant } from './mutant.ts'
import { mutants } from './mutants.ts'

const help = `Applies each mutant in test/mutation/mutants/ to a copy of the repository, and runs its tests there.

  npm run mutate -- [--only TEXT] [--sample N] [--seed N] [--jobs N] [--list]

  --only    the mutants whose name or file contains TEXT
  --sample  as many of them, drawn by the seed
  --seed    a number that draws the same sample again
  --jobs    how many mutants are examined at once: one for each processor, unless given
  --list    prints the names and runs nothing

Exit status 1 if a mutant survives, does not apply, or is killed by anything else than an assertion.
`

/** How long a test file may run. The slowest takes some seconds on a machine that is idle. */
const LIMIT_MS = 120_000

function fail(message: string): never {
  process.stderr.write(`${message}\n\n${help}`)
  process.exit(2)
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string', default: '' },
        sample: { type: 'string' },
        seed: { type: 'string' },
        jobs: { type: 'string' },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    return values
  } catch (error) {
    return fail((error as Error).message)
  }
}

function number(name: string, value: string | undefined, fallback: number): number {
  if (value === undefined) return fallback
  const read = Number(value)
  return Number.isSafeInteger(read) && read >= 0
    ? read
    : fail(`--${name} takes a whole number, and not ${value}`)
}

/** A sample that depends on the seed and the names alone. */
function draw(from: readonly Mutant[], count: number, seed: number): Mutant[] {
  const rank = ({ name }: Mutant) => createHash('sha256').update(`${seed} ${name}`).digest('hex')
  return from.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1)).slice(0, count)
}

const options = readOptions()
if (options.help) {
  process.stdout.write(help)
  process.exit(0)
}
const seed = number('seed', options.seed, randomInt(2 ** 31))
const jobs = Math.max(1, number('jobs', options.jobs, availableParallelism()))
const chosen = mutants.filter(({ name, file }) => `${name} ${file}`.includes(options.only))
if (chosen.length === 0) fail(`No mutant has ${options.only} in its name or file.`)
const drawn = options.sample === undefined ? chosen : draw(chosen, number('sample', options.sample, 0), seed)

if (options.list) {
  for (const { name, file } of drawn) process.stdout.write(`${file}: ${name}\n`)
  process.exit(0)
}
if (options.sample !== undefined)
  process.stdout.write(`seed ${seed}: --seed ${seed} draws this sample again\n`)

let done = 0
const findings = await examine(drawn, {
  jobs,
  limitMs: LIMIT_MS,
  onFinding({ mutant, result, seconds }) {
    done += 1
    const count = `${String(done).padStart(String(drawn.length).length)}/${drawn.length}`
    process.stdout.write(`${count} ${seconds.toFixed(1).padStart(5)} s  ${mutant.name}: ${result}\n`)
  },
})

const failed = findings.filter(({ isKilled }) => !isKilled)
process.stdout.write(`\n${findings.length - failed.length} of ${findings.length} mutants killed\n`)
for (const { mutant, result } of failed) {
  process.stdout.write(`\n${mutant.file}: ${mutant.name}: ${result}\n- ${mutant.from}\n+ ${mutant.to}\n`)
}
process.exitCode = failed.length === 0 ? 0 : 1
