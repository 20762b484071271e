import { readFileSync } from 'node:fs'
import t from 'tap'

const read = (path: string) => readFileSync(new URL(path, new URL('../../../docs/', import.meta.url)), 'utf8')
const document = read('rotation.md')
const files = new Map([...document.matchAll(/^\[(\w+)\]: (\S+)$/gm)].map(([, name, path]) => [name, path]))
const rows = [...document.matchAll(/^\| (\d+) \| (.+) \| (.+) \| \[(\w+)\] \|$/gm)]

t.test('finds each row of docs/rotation.md as the title of a test in the file that it names', async (t) => {
  t.strictSame(
    rows.map(([, number]) => Number(number)),
    Array.from({ length: 36 }, (_, index) => index + 1),
  )
  for (const [, number, scenario, expected, file] of rows) {
    const title = `${number}: ${scenario}: ${expected}`
    const titles = [...read(files.get(file) as string).matchAll(/t\.test\(\s*(['"])(.+?)\1,/g)]
    t.ok(
      titles.some(([, , found]) => found === title),
      title,
    )
  }
})
