import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { mutate } from './mutant.ts'
import { mutants } from './mutants.ts'
import { outcomeOf } from './outcome.ts'
import { mutated, root } from './scratch.ts'

const example = { name: 'an example', file: 'src/example.ts', from: 'a < b', to: 'a <= b', tests: [] }

t.test('every mutant applies to the sources, and its tests exist', async (t) => {
  for (const mutant of mutants) {
    const problems = mutant.tests.filter((test) => !existsSync(join(root, test)))
    try {
      mutated(mutant, readFileSync(join(root, mutant.file), 'utf8'))
    } catch (error) {
      problems.push((error as Error).message)
    }
    if (problems.length > 0 || mutant.tests.length === 0) t.fail(mutant.name, { problems })
  }
})

t.test('there are at least 100 mutants, each with a name of its own', async (t) => {
  t.ok(mutants.length >= 100, `${mutants.length}`)
  t.equal(new Set(mutants.map(({ name }) => name)).size, mutants.length)
})

t.test('a mutant that the source contains never or twice does not apply', async (t) => {
  t.equal(mutate(example, 'if (a < b) return'), 'if (a <= b) return')
  t.throws(() => mutate(example, 'if (b > a) return'), /contains 0 times/)
  t.throws(() => mutate(example, 'a < b || a < b'), /contains 2 times/)
  t.throws(() => mutate({ ...example, to: example.from }, 'a < b'), /changes nothing/)
})

const tapOf = (diagnostics: string, title = 'a message') => `TAP version 14
# Subtest: a title
    ok 1 - should be equal
    not ok 2 - ${title}
      ---
${diagnostics}
      ...
    1..2
not ok 1 - a title # time=12.3ms
  ---
  at:
    fileName: test/example.test.ts
  ...

1..1
`

t.test('a test fails by an assertion, and not by an error that it throws', async (t) => {
  t.equal(outcomeOf(tapOf('      compare: ==='), 1), 'failed')
  t.equal(outcomeOf(tapOf('      tapCaught: returnedPromiseRejection'), 1), 'crashed')
  t.equal(
    outcomeOf(tapOf('      tapCaught: returnedPromiseRejection', 'Property failed after 1 tests'), 1),
    'failed',
  )
  t.equal(outcomeOf(tapOf('      expired: timeout'), 1), 'crashed')
  t.equal(outcomeOf('', 1), 'crashed', 'it did not start')
  t.equal(outcomeOf('', null), 'crashed', 'a signal has ended it')
  t.equal(outcomeOf(tapOf('      compare: ==='), 0), 'passed')
})
