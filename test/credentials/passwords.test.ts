import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { createHashWorker } from '../../src/credentials/hash-worker.ts'
import { createPasswords, MAX_TURNS_AT_ONCE, type Passwords } from '../../src/credentials/passwords.ts'
import { NO_PASSWORD } from '../../src/store/users.ts'

const parameters = { memoryKib: 1_024, passes: 1, lanes: 1 }
const worker = createHashWorker()
const passwords = createPasswords({ worker, parameters })
const verify = (by: Passwords, hash: string | undefined, password: string) =>
  by.inTurn((turn) => turn.verify(hash, password))

t.test('hashes with argon2id, the configured parameters and a salt', async (t) => {
  const [one, other] = await Promise.all([passwords.hash('the same'), passwords.hash('the same')])
  t.match(one, /^\$argon2id\$v=19\$m=1024,(t=1,p=1|p=1,t=1)\$/)
  t.not(one, other)
})

t.test('verifies the right password and no other', async (t) => {
  const hash = await passwords.hash('correct')
  t.equal(await verify(passwords, hash, 'correct'), true)
  t.equal(await verify(passwords, hash, 'wrong'), false)
  t.equal(await verify(passwords, hash, ''), false)
  t.equal(await verify(passwords, undefined, 'correct'), false, 'an unknown account is never right')
  for (const password of ['', 'correct'])
    t.equal(await verify(passwords, NO_PASSWORD, password), false, 'nor is one without a password')
})

t.test('verifies a password that another keyboard spells with other code points', async (t) => {
  const [composed, decomposed] = ['caf\u00e9', 'cafe\u0301']
  t.equal(await verify(passwords, await passwords.hash(composed), decomposed), true)
  t.equal(passwords.isSame(composed, decomposed), true)
  t.equal(passwords.isSame(composed, 'cafe'), false)
})

t.test('reports a hash of other parameters as outdated', async (t) => {
  const hash = await passwords.hash('correct')
  t.equal(await passwords.isOutdated(hash), false)
  for (const change of [{ memoryKib: 2_048 }, { passes: 2 }, { lanes: 2 }]) {
    const others = createPasswords({ worker, parameters: { ...parameters, ...change } })
    t.equal(await others.isOutdated(hash), true, JSON.stringify(change))
    t.equal(await verify(others, hash, 'correct'), true, 'and proves all the same')
  }
})

t.test('limits the hashes that run and that wait, and refuses the next with 503', async (t) => {
  const slow = createPasswords({ worker, parameters: { memoryKib: 65_536, passes: 4, lanes: 1 }, queue: 1 })
  const taken: Promise<string>[] = []
  for (let place = 0; place <= MAX_TURNS_AT_ONCE; place++) {
    taken.push(slow.hash('one of those that fit'))
    await nextTurn()
  }
  const busy = { name: 'AuthError', code: 'SERVER_BUSY', statusCode: 503, retryAfterSeconds: 2 }
  await t.rejects(slow.hash('one too many'), busy)
  const neverCalled = () => Promise.reject(new Error('work that gets no turn is not begun'))
  await t.rejects(slow.inTurn(neverCalled), busy)
  for (const hash of await Promise.all(taken)) t.match(hash, /^\$argon2id/)
  t.match(await slow.hash('later there is room again'), /^\$argon2id/)
})
