import { readFileSync } from 'node:fs'
import t from 'tap'
import { checklist, target } from './generate-checklist.ts'
import { titleOf } from './line.ts'
import { sources } from './sources.ts'

t.test('docs/checklist.md is what the lines say', async (t) => {
  t.equal(
    readFileSync(target, 'utf8'),
    checklist(),
    'regenerate it with test/checklist/generate-checklist.ts',
  )
})

t.test('every line is there once', async (t) => {
  const places = sources.flatMap(({ name, lines }) => lines.map(({ at }) => `${name} ${at}`))
  t.equal(new Set(places).size, places.length)
  const titles = sources.flatMap((source) => source.lines.map((line) => titleOf(source, line)))
  t.equal(new Set(titles).size, titles.length)
})

t.test('chapters that are covered completely have every line of theirs', async (t) => {
  const sections: Readonly<Record<string, readonly number[]>> = {
    V6: [3, 12, 8, 6, 8, 4, 2, 4],
    V7: [3, 4, 2, 5, 3, 2],
    V9: [3, 4],
  }
  const there = new Set(sources.flatMap(({ lines }) => lines.map(({ at }) => at.split(' ')[0])))
  for (const [chapter, counts] of Object.entries(sections)) {
    for (const [section, count] of counts.entries()) {
      for (let number = 1; number <= count; number += 1) {
        const at = `${chapter}.${section + 1}.${number}`
        t.ok(there.has(at), at)
      }
    }
  }
})
