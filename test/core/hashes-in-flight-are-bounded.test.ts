import t from 'tap'
import { createPasswords } from '../../src/accounts/passwords.ts'

const parameters = { memoryKib: 1_024, passes: 1, lanes: 1 }
const passwords = createPasswords({ parameters })

t.test('a hash is argon2id with the parameters that are set, and salted', async (t) => {
  const [one, other] = await Promise.all([passwords.hash('the same'), passwords.hash('the same')])
  t.match(one, /^\$argon2id\$v=19\$m=1024,(t=1,p=1|p=1,t=1)\$/)
  t.not(one, other)
})

t.test('it is proved by its password and by no other', async (t) => {
  const hash = await passwords.hash('correct')
  t.equal(await passwords.verify(hash, 'correct'), true)
  t.equal(await passwords.verify(hash, 'wrong'), false)
  t.equal(await passwords.verify(hash, ''), false)
  t.equal(await passwords.verify(undefined, 'correct'), false, 'nobody is never right')
})

t.test('a hash of other parameters is outdated', async (t) => {
  const hash = await passwords.hash('correct')
  t.equal(passwords.isOutdated(hash), false)
  for (const change of [{ memoryKib: 2_048 }, { passes: 2 }, { lanes: 2 }]) {
    const others = createPasswords({ parameters: { ...parameters, ...change } })
    t.equal(others.isOutdated(hash), true, JSON.stringify(change))
    t.equal(await others.verify(hash, 'correct'), true, 'and proves all the same')
  }
})

t.test('so many run, so many wait, and the next is told to come back', async (t) => {
  const narrow = createPasswords({ parameters, concurrency: 1, queue: 1 })
  const running = narrow.hash('one')
  await Promise.resolve()
  const waiting = narrow.hash('two')
  const busy = { name: 'AuthError', code: 'SERVER_BUSY', statusCode: 503, retryAfterSeconds: 2 }
  await t.rejects(narrow.hash('three'), busy)
  await t.rejects(narrow.verify('$argon2id$any', 'three'), busy)
  t.match(await Promise.all([running, waiting]), [/^\$argon2id/, /^\$argon2id/])
  t.match(await narrow.hash('four'), /^\$argon2id/, 'later there is room again')
})
