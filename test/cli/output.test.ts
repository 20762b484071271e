import t from 'tap'
import { minute, table } from '../../src/cli/output.ts'

t.test('a table shows text from users without control characters', async (t) => {
  const name = 'Ada\u001b[2J\u009b31m\u202e\n\u2066'
  t.equal(
    table(['NAME', 'ROLE'], [[name, 'user']]),
    'NAME            ROLE\nAda\ufffd[2J\ufffd31m\ufffd\ufffd\ufffd  user',
  )
})

t.test('a column is as wide as its widest cell', async (t) => {
  const rows = [
    ['a', 'bb'],
    ['ccc', ''],
  ]
  t.equal(table(['X', 'Y'], rows), 'X    Y\na    bb\nccc')
})

t.test('a time is shown to the minute', async (t) => {
  t.equal(minute('2026-01-15T12:34:56.789Z'), '2026-01-15 12:34')
})
