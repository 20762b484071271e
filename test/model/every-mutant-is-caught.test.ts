import { isDeepStrictEqual } from 'node:util'
import t, { type Test } from 'tap'
import { bounds, verdictAt } from './bounds.ts'
import { promised } from './environments.ts'
import { explore } from './explore.ts'
import { exploreIdle } from './idle.ts'
import { idleMutants, idleSettings } from './idle-settings.ts'
import { type Mutant, mutants } from './mutants.ts'
import { explorePassword } from './password-change.ts'
import { passwordMutants, passwordSettings } from './password-settings.ts'
import { realProtocol } from './protocol.ts'
import type { Exploration } from './search.ts'
import { exploreTheft } from './theft.ts'

const most = { states: 2_000_000, milliseconds: 600_000 }

/** Where no mutant is looked for, the two tests next to this one have looked for mistakes of the real decision. */
const others = [...new Set(mutants.flatMap(({ env }) => env ?? []))].filter(
  (env) => !promised.some((setting) => isDeepStrictEqual(setting.env, env)),
)

t.test('the real decision holds wherever a mutant is looked for', async (t) => {
  for (const env of others) t.equal(explore(realProtocol, env, most).violation, undefined)
})

for (const bound of bounds) {
  t.test(`bound: ${bound.name}`, async (t) => {
    t.same(verdictAt(bound, realProtocol), bound.expected)
  })
}

function caught({ violation }: Exploration, t: Test): void {
  t.ok(violation, 'the model catches it')
  t.comment([violation?.invariant, ...(violation?.trace ?? [])].join('\n'))
}

function look({ protocol, env, theft }: Mutant): Exploration | undefined {
  if (env) return explore(protocol, env, most)
  return theft && exploreTheft(protocol, theft.env, most)
}

for (const mutant of mutants) {
  t.test(`caught: ${mutant.name}`, async (t) => {
    const found = look(mutant)
    if (found) return caught(found, t)
    const wrong = bounds.filter(
      (bound) => !isDeepStrictEqual(verdictAt(bound, mutant.protocol), bound.expected),
    )
    t.not(wrong.length, 0, 'the table of bounds catches it')
  })
}

for (const { name, protocol } of idleMutants) {
  t.test(`caught: ${name}`, async (t) => {
    const found = idleSettings.map(({ env }) => exploreIdle(protocol, env, most))
    caught(found.find(({ violation }) => violation) ?? (found[0] as Exploration), t)
  })
}

for (const { name, protocol } of passwordMutants) {
  t.test(`caught: ${name}`, async (t) => {
    const found = passwordSettings.map(({ env }) => explorePassword(protocol, env, most))
    caught(found.find(({ violation }) => violation) ?? (found[0] as Exploration), t)
  })
}
