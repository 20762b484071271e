/* `npm run model`: the same exploration as in the tests, with more in flight and more misfortunes at once. */
import { readArguments } from '../support/arguments.ts'
import { deeper, limits, promised } from './environments.ts'
import { explore } from './explore.ts'
import { exploreIdle, exploreIdleIn } from './idle.ts'
import { idleLimits, idleMutants, idleSettings, realIdleProtocol } from './idle-settings.ts'
import { mutants } from './mutants.ts'
import { explorePassword } from './password-change.ts'
import {
  deeperPasswordSettings,
  passwordMutants,
  passwordSettings,
  realPasswordProtocol,
} from './password-settings.ts'
import { realProtocol } from './protocol.ts'
import type { Exploration, Limits } from './search.ts'
import { exploreTheft } from './theft.ts'
import { deeperThefts, thefts, unseen } from './theft-settings.ts'

const help = `Explores the real rotation decision exhaustively, breadth first.

  npm run model -- [--minutes 10] [--states 3000000]

  --minutes  time for the whole run
  --states   most states per setting (memory: about 100 bytes each; 16 million at most)

Exit status 1 if a promise is broken or a mutant survives.
`

const { minutes, states } = readArguments(help, { minutes: '10', states: '3000000' })

const mostStates = Number(states)
const deadline = performance.now() + Number(minutes) * 60_000
if (!(mostStates > 0 && mostStates <= 16_000_000 && deadline > performance.now())) {
  process.stderr.write(help)
  process.exit(2)
}

type Part = 'mutant' | 'limit' | 'promise'
type Find = (limits: Limits) => Exploration

let failed = false
const rows: Record<string, string | number>[] = []

function examine(part: Part, name: string, env: object, find: Find): void {
  const left = deadline - performance.now()
  if (left <= 0) {
    rows.push({ part, name, result: 'not reached: out of time' })
    return
  }
  const started = performance.now()
  const found = find({
    states: mostStates,
    milliseconds: left,
    progress: (states, depth) => process.stderr.write(`\r\x1b[K${name}: ${states} states, depth ${depth}`),
  })
  process.stderr.write('\r\x1b[K')
  if ((part === 'promise') === (found.violation !== undefined)) failed = true
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  rows.push({ part, name, states: found.states, depth: found.depth, seconds, result: result(found) })
  if (part !== 'mutant') process.stdout.write(`\n${part}: ${name}\n  ${JSON.stringify(env)}\n`)
  if (found.violation === undefined || part === 'mutant') return
  process.stdout.write(`${found.violation.invariant} is broken:\n`)
  for (const step of found.violation.trace) process.stdout.write(`  - ${step}\n`)
}

function result(found: Exploration): string {
  if (found.violation) return `broken: ${found.violation.invariant}`
  return found.complete ? 'holds' : 'holds as far as seen'
}

for (const { name, protocol, env, theft } of mutants) {
  if (env) examine('mutant', name, env, (most) => explore(protocol, env, most))
  if (theft) examine('mutant', name, theft.env, (most) => exploreTheft(protocol, theft.env, most))
}
for (const { name, protocol } of idleMutants) {
  examine('mutant', name, {}, (most) => exploreIdleIn(idleSettings, protocol, most))
}
for (const { name, protocol } of passwordMutants) {
  const { env } = passwordSettings[0] as (typeof passwordSettings)[number]
  examine('mutant', name, env, (most) => explorePassword(protocol, env, most))
}
for (const { name, env } of limits) examine('limit', name, env, (most) => explore(realProtocol, env, most))
examine('limit', unseen.name, unseen.env, (most) => exploreTheft(realProtocol, unseen.env, most))
for (const { name, env } of idleLimits) {
  examine('limit', name, env, (most) => exploreIdle(realIdleProtocol, env, most))
}
for (const { name, env } of [...thefts, ...deeperThefts]) {
  examine('promise', name, env, (most) => exploreTheft(realProtocol, env, most))
}
for (const { name, env } of [...passwordSettings, ...deeperPasswordSettings]) {
  examine('promise', name, env, (most) => explorePassword(realPasswordProtocol, env, most))
}
for (const { name, env } of idleSettings) {
  examine('promise', name, env, (most) => exploreIdle(realIdleProtocol, env, most))
}
for (const { name, env } of [...promised, ...deeper]) {
  examine('promise', name, env, (most) => explore(realProtocol, env, most))
}

process.stdout.write('\n')
for (const { part, name, states = '', depth = '', seconds = '', result: outcome } of rows) {
  const size = `${String(states).padStart(9)} states ${String(depth).padStart(4)} deep ${String(seconds).padStart(6)} s`
  process.stdout.write(`${`${part}: ${name}`.padEnd(80)} ${size}  ${outcome}\n`)
}
process.exitCode = failed ? 1 : 0
