import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import { bounds, verdictAt } from './bounds.ts'
import type { Environment } from './environment.ts'
import { promised, theft } from './environments.ts'
import { explore } from './explore.ts'
import { mutants } from './mutants.ts'
import { realProtocol } from './protocol.ts'

const most = { states: 2_000_000, milliseconds: 60_000 }

/** Already explored, by the two tests next to this one. */
function isPromised(env: Environment): boolean {
  return [theft, ...promised].some((setting) => isDeepStrictEqual(setting.env, env))
}

const environments = [...new Set(mutants.map(({ env }) => env))]

t.test('the real decision holds wherever a mutant is looked for', async (t) => {
  for (const env of environments) {
    if (env && !isPromised(env)) t.equal(explore(realProtocol, env, most).violation, undefined)
  }
})

for (const bound of bounds) {
  t.test(`bound: ${bound.name}`, async (t) => {
    t.same(verdictAt(bound, realProtocol), bound.expected)
  })
}

for (const { name, protocol, env } of mutants) {
  t.test(`caught: ${name}`, async (t) => {
    if (!env) {
      const wrong = bounds.filter((b) => !isDeepStrictEqual(verdictAt(b, protocol), b.expected))
      t.not(wrong.length, 0, 'the table of bounds catches it')
      return
    }
    const { violation } = explore(protocol, env, most)
    t.ok(violation, 'the model catches it')
    t.comment([violation?.invariant, ...(violation?.trace ?? [])].join('\n'))
  })
}
