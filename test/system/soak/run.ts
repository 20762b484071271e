/**
 * `npm run soak`: the tests that draw on chance, at full size. Progress goes to stderr, the summary
 * to stdout; the exit status tells whether all went well. It never takes longer than 15 minutes.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { readArguments } from '../../support/arguments.ts'
import { seed } from '../../support/rounds.ts'

const help = `Runs the tests that draw on chance at full size: some eight minutes, and never more than fifteen.

  npm run soak -- [--only TEXT]

  --only  runs the test files whose path has TEXT in it

TACIT_SEED brings the chance of an earlier run back. Exit status 1 if a test fails.
`

const { only } = readArguments(help, { only: '' })
const files = globSync('test/{faults,processes,properties}/*.test.ts').filter((file) => file.includes(only))
if (files.length === 0) {
  process.stderr.write(`No test file has ${only} in its path.\n\n${help}`)
  process.exit(2)
}

const LONGEST_MS = 15 * 60_000
const endsAt = Date.now() + LONGEST_MS

interface Line {
  readonly test: string
  readonly result: 'ok' | 'failed' | 'out of time'
  readonly seconds: number
  /** The comments of the test about its work. */
  readonly what: string
}

const progress = (text: string) => process.stderr.write(`${text}\n`)

/** Runs a test file as it is, and reads the TAP that it prints. */
async function run(file: string): Promise<Line[]> {
  const child = spawn(process.execPath, [file], {
    env: {
      ...process.env,
      TACIT_SOAK: '1',
      TACIT_SEED: String(seed),
      TAP_TIMEOUT: String(LONGEST_MS / 1_000),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = once(child, 'exit')
  // The servers of a test end with the test: they notice that it is gone.
  const deadline = setTimeout(() => child.kill('SIGKILL'), Math.max(0, endsAt - Date.now()))
  const lines: Line[] = []
  let what: string[] = []

  for await (const line of createInterface({ input: child.stdout })) {
    const comment = /^ {4}# (?!Subtest|time=)(.*)$/.exec(line)?.[1]
    if (comment !== undefined) what.push(comment)
    const round = /^ {4}ok \d+ - (.*\d+.*)$/.exec(line)?.[1]
    if (round !== undefined) process.stderr.write(`\r  ${round.slice(0, 100).padEnd(100)}`)
    if (/^ *not ok/.test(line)) progress(`\n${line}`)
    const done = /^(not ok|ok) \d+ - (.*) # time=([\d.]+)ms$/.exec(line)
    if (done === null) continue
    const [, result, test = '', ms] = done
    lines.push({
      test,
      result: result === 'ok' ? 'ok' : 'failed',
      seconds: Number(ms) / 1_000,
      what: what.join('; '),
    })
    progress(`\r  ${result} ${test}`.padEnd(104))
    what = []
  }

  const [status] = await exit
  clearTimeout(deadline)
  const rest = { seconds: 0, what: '' }
  if (status === null) return [...lines, { test: file, result: 'out of time', ...rest }]
  const unaccounted = status !== 0 && lines.every(({ result }) => result === 'ok')
  return unaccounted ? [...lines, { test: file, result: 'failed', ...rest }] : lines
}

const summary: Line[] = []
for (const file of files.sort()) {
  progress(file)
  summary.push(...(await run(file)))
}

for (const { test, result, seconds, what } of summary) {
  const time = `${Math.round(seconds)} s`.padStart(6)
  process.stdout.write(`${result.padEnd(12)}${time}  ${test}\n${what && `${' '.repeat(20)}${what}\n`}`)
}
process.stdout.write(`seed ${seed}: TACIT_SEED=${seed} brings the same chance back\n`)
if (summary.some(({ result }) => result !== 'ok')) process.exitCode = 1
