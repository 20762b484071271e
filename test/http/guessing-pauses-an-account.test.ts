import t from 'tap'
import { lookupKey } from '../../src/accounts/email.ts'
import { throttleKey } from '../../src/accounts/throttle.ts'
import { buildApp, PASSWORD, signUp, type TestApp } from '../support/app.ts'
import { Jar } from '../support/jar.ts'

const EMAIL = 'ada@example.com'

async function login(service: TestApp, password: string, email = EMAIL): Promise<number> {
  const payload = { email, password }
  return (await service.request({ method: 'POST', url: '/auth/login', payload }, new Jar())).statusCode
}

async function fail(service: TestApp, times: number, email = EMAIL): Promise<void> {
  for (let time = 0; time < times; time++) await login(service, 'wrong', email)
}

const failuresOf = async ({ app }: TestApp, email = EMAIL) =>
  (await app.store.findThrottle(throttleKey(lookupKey(email))))?.failures ?? 0

t.test('nine failures in a row cost nothing', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  await fail(service, 9)
  t.equal(await login(service, PASSWORD), 200)
})

t.test('the tenth pauses the account for a second, the eleventh for two, and so on', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  await fail(service, 10)
  for (const pauseSeconds of [1, 2, 4, 8]) {
    service.clock.advance(pauseSeconds - 0.001)
    t.equal(await login(service, PASSWORD), 401, `${pauseSeconds} s: not yet over`)
    service.clock.advance(0.001)
    t.equal(await login(service, 'wrong'), 401, 'over, and begun anew')
  }
  service.clock.advance(16)
  t.equal(await login(service, PASSWORD), 200)
})

t.test('attempts during a pause neither count nor prolong it', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  await fail(service, 30)
  t.equal(await failuresOf(service), 10)
  service.clock.advance(1)
  t.equal(await login(service, PASSWORD), 200)
})

t.test('a pause is never longer than a quarter of an hour', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  for (let failures = 0; failures < 30; failures++) {
    await login(service, 'wrong')
    service.clock.advance(15 * 60)
  }
  t.equal(await failuresOf(service), 30)
  await login(service, 'wrong')
  service.clock.advance(15 * 60 - 0.001)
  t.equal(await login(service, PASSWORD), 401)
  service.clock.advance(0.001)
  t.equal(await login(service, PASSWORD), 200)
})

t.test('a success forgets the failures before it', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  for (let round = 0; round < 3; round++) {
    await fail(service, 9)
    t.equal(await login(service, PASSWORD), 200)
    t.equal(await failuresOf(service), 0)
  }
})

t.test('guesses that are sent at once do not slip past the count', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const guesses = Array.from({ length: 40 }, () => login(service, 'wrong'))
  t.ok((await Promise.all(guesses)).every((status) => status === 401))
  t.equal(await failuresOf(service), 10)
  const types = (await service.app.store.listEvents(40)).map(({ type }) => type)
  t.equal(types.filter((type) => type === 'sign-in-failed').length, 10, 'no more were looked at')
  t.equal(types.filter((type) => type === 'sign-in-paused').length, 30)
})

t.test('successes that are sent at once are all successes', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const statuses = await Promise.all(Array.from({ length: 8 }, () => login(service, PASSWORD)))
  t.strictSame(
    statuses,
    Array.from({ length: 8 }, () => 200),
  )
})

t.test('however the address is written, it is one count; another account has its own', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  await signUp(service, 'bo@example.com')
  for (const spelling of ['ADA@example.com', 'ada@EXAMPLE.com']) await fail(service, 5, spelling)
  t.equal(await login(service, PASSWORD), 401)
  t.equal(await login(service, PASSWORD, 'bo@example.com'), 200)
})

t.test('the token endpoint counts into the same', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const payload = { grant_type: 'password', username: EMAIL, password: 'wrong' }
  for (let failures = 0; failures < 10; failures++) {
    await service.request({ method: 'POST', url: '/auth/token', payload })
  }
  t.equal(await login(service, PASSWORD), 401)
})

t.test('who is signed in already stays so while others guess', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  await fail(service, 20)
  service.clock.advance(1_000)
  t.equal((await service.request({ url: '/me' }, browser)).statusCode, 200)
})
