/* `npm run model`: the same exploration as in the tests, with more in flight and more misfortunes at once. */
import { readArguments } from '../support/arguments.ts'
import { calm } from './environment.ts'
import { crash, limits, promised, type Setting, theft } from './environments.ts'
import { type Exploration, explore } from './explore.ts'
import { mutants } from './mutants.ts'
import { type Protocol, realProtocol } from './protocol.ts'

const help = `Explores the real rotation decision exhaustively, breadth first.

  npm run model -- [--minutes 10] [--states 3000000]

  --minutes  time for the whole run
  --states   most states per setting (memory: about 250 bytes each; 16 million at most)

Exit status 1 if a promise is broken or a mutant survives.
`

const { minutes, states } = readArguments(help, { minutes: '10', states: '3000000' })

const mostStates = Number(states)
const deadline = performance.now() + Number(minutes) * 60_000
if (!(mostStates > 0 && mostStates <= 16_000_000 && deadline > performance.now())) {
  process.stderr.write(help)
  process.exit(2)
}

const deeper: Setting[] = [
  ...promised,
  theft,
  { name: 'three requests, two responses', env: { ...calm, maxRequests: 3, maxResponses: 2 } },
  { name: 'three processes', env: { ...calm, maxRequests: 3, severalProcesses: true, handler: 0 } },
  { name: 'sign-out among three', env: { ...calm, maxRequests: 3, severalProcesses: true, logout: true } },
  { name: 'fall-back with two responses', env: { ...calm, maxResponses: 2, rollbacks: 2 } },
  { name: 'crash and fall-back', env: { ...crash, rollbacks: 1 } },
  { name: 'crash beside stale roles', env: { ...crash, staleRoles: true } },
  { name: 'crash, the clock steps back', env: { ...crash, clockSteps: 1, clockStep: 2 } },
  { name: 'stale roles in several processes', env: { ...calm, staleRoles: true, severalProcesses: true } },
  { name: 'very slow uploads', env: { ...calm, processing: 9, handler: 0, lateIsRefusal: false } },
  { name: 'thief, slow answers', env: { ...theft.env, handler: 1, maxResponses: 2 } },
]

let failed = false
const rows: Record<string, string | number>[] = []

function examine(part: string, { name, env }: Setting, protocol: Protocol, mustHold: boolean): void {
  const left = deadline - performance.now()
  if (left <= 0) {
    rows.push({ part, name, result: 'not reached: out of time' })
    return
  }
  const started = performance.now()
  const found = explore(protocol, env, {
    states: mostStates,
    milliseconds: left,
    progress: (states, depth) => process.stderr.write(`\r\x1b[K${name}: ${states} states, depth ${depth}`),
  })
  process.stderr.write('\r\x1b[K')
  const asExpected = mustHold ? !found.violation : found.violation !== undefined
  if (!asExpected) failed = true
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  rows.push({ part, name, states: found.states, depth: found.depth, seconds, result: result(found) })
  if (found.violation) {
    process.stdout.write(`\n${part}: ${name}\n${found.violation.invariant} is broken:\n`)
    for (const step of found.violation.trace) process.stdout.write(`  - ${step}\n`)
  }
}

function result(found: Exploration): string {
  if (found.violation) return `broken: ${found.violation.invariant}`
  return found.complete ? 'holds' : 'holds as far as seen'
}

for (const { name, protocol, env } of mutants) if (env) examine('mutant', { name, env }, protocol, false)
for (const limit of limits) examine('limit', limit, realProtocol, false)
for (const setting of deeper) examine('promise', setting, realProtocol, true)

process.stdout.write('\n')
for (const { part, name, states = '', depth = '', seconds = '', result: outcome } of rows) {
  const size = `${String(states).padStart(9)} states ${String(depth).padStart(4)} deep ${String(seconds).padStart(6)} s`
  process.stdout.write(`${`${part}: ${name}`.padEnd(70)} ${size}  ${outcome}\n`)
}
process.exitCode = failed ? 1 : 0
