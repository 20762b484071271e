import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { checklist, target } from './generate-checklist.ts'
import { notYet, sources } from './sources.ts'
import * as pointers from './tests.ts'

const path = (file: string): URL => new URL(`../../${file}`, import.meta.url)

/** The titles of the tests in a file, as they are written there. */
function titlesIn(file: string): readonly string[] {
  const tests = /\btest\(\s*(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`)\s*,/g
  return [...readFileSync(path(file), 'utf8').matchAll(tests)].map(([, ...quoted]) =>
    String(quoted.find((title) => title !== undefined)).replaceAll(/\\(['"`])/g, '$1'),
  )
}

t.test('every test that a row points at is in its file, once, under this title', async (t) => {
  const titles = new Map<string, readonly string[]>()
  for (const { file, title } of Object.values(pointers).flatMap((group) => Object.values(group))) {
    if (!titles.has(file)) titles.set(file, existsSync(path(file)) ? titlesIn(file) : [])
    const found = titles.get(file)?.filter((other) => other === title) ?? []
    t.equal(found.length, 1, `${file}: ${title}`)
  }
})

t.test('no test is pointed at by two names, or by no row', async (t) => {
  const all = Object.values(pointers).flatMap((group) => Object.values(group))
  t.equal(new Set(all.map(({ file, title }) => `${file}: ${title}`)).size, all.length)
  const used = new Set(
    sources.flatMap(({ rows }) => rows.flatMap((row) => ('tests' in row ? row.tests : []))),
  )
  t.same(
    all.filter((pointer) => !used.has(pointer)),
    [],
  )
})

t.test('every document that a row points at is there', async (t) => {
  for (const row of sources.flatMap(({ rows }) => rows)) {
    if ('document' in row) t.ok(existsSync(path(row.document)), row.document)
  }
})

t.test('no line is given twice, here or in docs/not-yet.md', async (t) => {
  const places = [
    ...sources.flatMap(({ title, rows }) => rows.map(({ at }) => `${title}: ${at}`)),
    ...[...notYet].flatMap(([title, ats]) => ats.map((at) => `${title}: ${at}`)),
  ]
  t.equal(new Set(places).size, places.length)
})

t.test('the chapters of the ASVS that are covered completely have every line', async (t) => {
  const sections: Readonly<Record<string, readonly number[]>> = {
    V6: [3, 12, 8, 6, 8, 4, 2, 4],
    V7: [3, 4, 2, 5, 3, 2],
    V9: [3, 4],
  }
  const places = [...sources.flatMap(({ rows }) => rows.map(({ at }) => at)), ...[...notYet.values()].flat()]
  const there = new Set(places.map((at) => at.split(' ')[0]))
  for (const [chapter, counts] of Object.entries(sections)) {
    for (const [section, count] of counts.entries()) {
      for (let number = 1; number <= count; number += 1) {
        const at = `${chapter}.${section + 1}.${number}`
        t.ok(there.has(at), at)
      }
    }
  }
})

t.test('docs/checklist.md is generated from the rows', async (t) => {
  t.equal(readFileSync(target, 'utf8'), checklist(), 'write it anew: test/standards/generate-checklist.ts')
})

/** A page of docs/. Its links are relative to it. */
const page = (link: string): string => readFileSync(new URL(link, path('docs/')), 'utf8')

t.test('finds each row of docs/rotation.md as the title of a test in the file that it names', async (t) => {
  const document = page('rotation.md')
  const files = new Map([...document.matchAll(/^\[(\w+)\]: (\S+)$/gm)].map(([, name, link]) => [name, link]))
  const rows = [...document.matchAll(/^\| (\d+) \| (.+) \| (.+) \| \[(\w+)\] \|$/gm)]
  t.strictSame(
    rows.map(([, number]) => Number(number)),
    Array.from({ length: 36 }, (_, index) => index + 1),
  )
  for (const [, number, scenario, expected, name] of rows) {
    const title = `${number}: ${scenario}: ${expected}`
    t.ok(titlesIn(String(files.get(name)).replace('../', '')).includes(title), title)
  }
})

t.test('finds each row of docs/theft.md in the test file that it names', async (t) => {
  const rows = page('theft.md')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (---|what)/.test(line))
  t.ok(rows.length > 15)
  for (const row of rows) {
    const [, title = '', link = 'nowhere'] = /\[([^\]]+)\]\((\S+)\) \|$/.exec(row) ?? []
    t.ok(page(link).includes(title), row)
  }
})
