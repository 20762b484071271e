import type { LightMyRequestResponse } from 'fastify'
import t from 'tap'
import type { Account } from '../../../src/store/account.ts'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, PASSWORD, signUp, type TestApp } from '../../support/app.ts'
import { failuresBefore, failuresOf } from '../../support/failures.ts'
import { watchHashJobs } from '../../support/hash-jobs.ts'
import { Jar } from '../../support/jar.ts'
import { matchesWhole } from '../../support/lists.ts'
import { isRefusal } from '../../support/refusals.ts'

// Before anything is hashed.
const hashing = watchHashJobs()

const REFUSAL = { status: 401, code: 'LOGIN_FAILED', message: 'E-mail address or password is not correct' }
const WRONG = 'none of these words'
const PAUSED = 10
const CLOSED = 100

const login = (service: TestApp, email: string, password: string, jar = new Jar()) =>
  service.request({ method: 'POST', url: '/auth/login', payload: { email, password } }, jar.copy())

/** All that a client can see, without the date and the remaining requests of a limit. */
function visible({ statusCode, headers, body }: LightMyRequestResponse) {
  const { date: _date, 'ratelimit-remaining': _remaining, ...others } = headers
  return { statusCode, headers: others, body }
}

interface Case {
  readonly what: string
  readonly email: string
  readonly password: string
  readonly jar?: Jar
}

/** An account in each state in which no client can sign in, and the client that tries. */
async function everyWayToFail(service: TestApp): Promise<Case[]> {
  const jars: Record<string, Jar> = {}
  const ways: Case[] = []
  const add = (what: string, email: string, password: string, jar?: Jar) =>
    ways.push({ what, email, password, ...(jar && { jar }) })

  for (const name of ['plain', 'disabled', 'paused', 'closed']) {
    jars[name] = await signUp(service, `${name}@example.com`)
  }
  const disabled = (await internalsOf(service.app).accounts.findByEmail('disabled@example.com')) as Account
  await internalsOf(service.app).accounts.setDisabled(disabled, true)

  for (const name of ['paused', 'unknown-paused']) {
    for (let failures = 0; failures < PAUSED; failures++) await login(service, `${name}@example.com`, WRONG)
  }
  for (const name of ['closed', 'unknown-closed'])
    await failuresBefore(service, CLOSED, `${name}@example.com`)

  add('an unknown account', 'unknown@example.com', PASSWORD)
  add('what is no address', 'nobody', WRONG)
  add('a wrong password', 'plain@example.com', WRONG)
  add('a password that could not be chosen', 'plain@example.com', 'x')
  for (const password of [PASSWORD, WRONG]) {
    const is = password === PASSWORD ? 'right' : 'wrong'
    add(`a disabled account, the password ${is}`, 'disabled@example.com', password)
    for (const name of ['paused', 'closed', 'unknown-paused', 'unknown-closed']) {
      add(`${name}, the password ${is}`, `${name}@example.com`, password)
    }
  }

  const known = jars as { plain: Jar; disabled: Jar; closed: Jar }
  const device = (jar: Jar) => new Jar().set('device', jar.get('device') as string)
  add('a known browser, a wrong password', 'plain@example.com', WRONG, known.plain)
  add('a device cookie, a wrong password', 'closed@example.com', WRONG, device(known.closed))
  add('a device cookie, a disabled account', 'disabled@example.com', PASSWORD, device(known.disabled))
  add("another's device cookie, a wrong password", 'plain@example.com', WRONG, device(known.closed))
  add("another's device cookie, an unknown account", 'unknown@example.com', WRONG, device(known.closed))
  add("another's session, an unknown account", 'unknown@example.com', WRONG, known.closed)
  add('a device cookie that is not ours', 'plain@example.com', WRONG, new Jar().set('device', 'A'.repeat(60)))
  return ways
}

t.test('answers every failed sign-in with the same status, headers and body', async (t) => {
  const service = await buildApp(t)
  const unknown = await login(service, 'unknown@example.com', PASSWORD)
  isRefusal(t, unknown, REFUSAL)
  for (const { what, email, password, jar } of await everyWayToFail(service)) {
    t.strictSame(visible(await login(service, email, password, jar)), visible(unknown), what)
  }
})

t.test('spends one verification at the configured cost on every failed sign-in', async (t) => {
  // Not the parameters of the other tests: a cost that was written into the code would be these.
  const environment = { ARGON2_MEMORY_KIB: 2_048, ARGON2_PASSES: 3, ARGON2_LANES: 2 }
  const service = await buildApp(t, { environment })
  const ways = await everyWayToFail(service)
  hashing.taken()
  hashing.answered()
  await login(service, 'unknown@example.com', PASSWORD)
  const [expected, ...others] = hashing.taken()
  t.same(others, [])
  t.equal(expected, 'verify argon2id v=19 m=2048,p=2,t=3, salt of 22, digest of 43')
  t.equal(hashing.answered(), 1)

  for (const { what, email, password, jar } of ways) {
    for (let time = 0; time < 2; time++) {
      await login(service, email, password, jar)
      t.strictSame(hashing.taken(), [expected], what)
      t.equal(hashing.answered(), 1)
    }
  }
})

t.test('spends the same work on a successful sign-in', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  hashing.taken()
  for (const jar of [new Jar(), browser]) {
    t.equal((await login(service, 'ada@example.com', PASSWORD, jar)).statusCode, 200)
    matchesWhole(t, hashing.taken(), [/^verify /])
  }
})

t.test('spends the same work on a registration for a taken address', async (t) => {
  const service = await buildApp(t)
  const register = { method: 'POST', url: '/auth/register' } as const
  const payload = { email: 'ada@example.com', password: PASSWORD }
  hashing.taken()
  t.equal((await service.request({ ...register, payload })).statusCode, 201)
  const work = hashing.taken()
  matchesWhole(t, work, [/^hash /])
  t.equal((await service.request({ ...register, payload })).statusCode, 409)
  t.strictSame(hashing.taken(), work)
})

t.test('answers an address over the limit with Retry-After, whichever account it names', async (t) => {
  const service = await buildApp(t, { environment: { LOGIN_RATE_LIMIT_MAX: 3 } })
  await signUp(service)
  const answers: ReturnType<typeof visible>[] = []
  for (const email of ['ada@example.com', 'unknown@example.com', 'ada@example.com', 'unknown@example.com']) {
    const response = await login(service, email, WRONG)
    if (response.statusCode === 429) answers.push(visible(response))
  }
  const [one, other] = answers
  t.equal(answers.length, 2)
  t.match(one?.headers['retry-after'], /^[1-9][0-9]?$/)
  t.strictSame(one, other)
})

t.test('counts and records the right password of a disabled account as any failure', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const ada = (await internalsOf(service.app).accounts.findByEmail('ada@example.com')) as Account
  await internalsOf(service.app).accounts.setDisabled(ada, true)
  await login(service, 'ada@example.com', PASSWORD)
  t.equal(await failuresOf(service), 1)
  matchesWhole(t, await internalsOf(service.app).store.listEvents(1), [
    { type: 'sign-in-failed', userId: ada.id },
  ])
})

t.test('records the reason of a failure in the events', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const ada = await internalsOf(service.app).accounts.findByEmail('ada@example.com')
  await login(service, 'unknown@example.com', WRONG)
  for (let failures = 0; failures < 11; failures++) await login(service, 'ada@example.com', WRONG)
  const events = await internalsOf(service.app).store.listEvents(3)
  t.match(events.at(0), { type: 'sign-in-paused', userId: ada?.id, ip: '127.0.0.1' })
  t.match(events.at(1), { type: 'sign-in-failed', userId: ada?.id })
  t.match(events.at(2), { type: 'sign-in-failed', userId: null })
})
