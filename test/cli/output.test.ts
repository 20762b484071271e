import t from 'tap'
import { minute, sentenceOf, table } from '../../src/cli/output.ts'
import { AuthError } from '../../src/errors.ts'

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

t.test('prints the message of an error', async (t) => {
  t.equal(sentenceOf(new Error('There is no such account')), 'There is no such account')
})

t.test('prints the cause of a refusal as well', async (t) => {
  const full = new AuthError('STORE_UNAVAILABLE', { cause: new Error('database or disk is full') })
  t.equal(sentenceOf(full), `${full.message}: database or disk is full`)
})

t.test('prints the reason of a failed query, and not the query', async (t) => {
  const failed = new Error('Failed query: insert into "users"', {
    cause: new Error('UNIQUE constraint failed'),
  })
  t.equal(sentenceOf(failed), 'UNIQUE constraint failed')
})
