import { globSync, readFileSync } from 'node:fs'
import t from 'tap'

const { tap } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  tap: { readonly include: readonly string[]; readonly exclude: readonly string[] }
}
/** Has a script of its own. */
const PACKAGE = 'test/system/package/package.test.ts'

const patternsOf = (group: string): string[] =>
  [...readFileSync(group, 'utf8').matchAll(/'(test\/[^']+)'/g)].map(([, pattern]) => pattern as string)

t.test('npm test runs each test file once, in a group or alone', async (t) => {
  const groups = globSync('test/groups/*.test.ts')
  const inGroups = groups.flatMap((group) => globSync(patternsOf(group)))
  const alone = globSync(tap.include as string[], { exclude: tap.exclude })
  const others = globSync('test/**/*.test.ts').filter((file) => file !== PACKAGE)
  t.ok(inGroups.length > 50)
  t.strictSame([...inGroups, ...alone].toSorted(), others.toSorted())
})

t.test('every pattern of a group finds a file', async (t) => {
  for (const group of globSync('test/groups/*.test.ts')) {
    for (const pattern of patternsOf(group)) t.ok(globSync(pattern).length > 0, `${group}: ${pattern}`)
  }
})
