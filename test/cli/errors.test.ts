import t from 'tap'
import { sentenceOf } from '../../src/cli/output.ts'
import { AuthError } from '../../src/errors.ts'

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
