import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import { bounds, verdictAt } from './bounds.ts'
import { examinations } from './examinations.ts'
import { openExplorer } from './explorer.ts'
import { mutants } from './mutants.ts'
import { realProtocol } from './protocol.ts'

const explored = openExplorer(t)

t.test('the real decision holds wherever a mutant is looked for', async (t) => {
  for (const other of examinations.others) t.equal((await explored('others', other)).violation, undefined)
})

for (const bound of bounds) {
  t.test(`bound: ${bound.name}`, async (t) => {
    t.same(verdictAt(bound, realProtocol), bound.expected)
  })
}

for (const mutant of examinations.mutants) {
  t.test(`caught: ${mutant.name}`, async (t) => {
    const { violation } = await explored('mutants', mutant)
    t.ok(violation, 'the model catches it')
    t.comment([violation?.invariant, ...(violation?.trace ?? [])].join('\n'))
  })
}

for (const { name, protocol } of mutants.filter(({ env, theft }) => !env && !theft)) {
  t.test(`caught: ${name}`, async (t) => {
    const wrong = bounds.filter((bound) => !isDeepStrictEqual(verdictAt(bound, protocol), bound.expected))
    t.not(wrong.length, 0, 'the table of bounds catches it')
  })
}
