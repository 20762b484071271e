import type { InjectOptions } from 'fastify'
import t, { type Test } from 'tap'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, signUp, type TestApp } from '../support/app.ts'
import type { Jar } from '../support/jar.ts'
import { matchesWhole } from '../support/lists.ts'
import { isRefusal } from '../support/refusals.ts'
import { keepsCookies, ME, REFRESH } from '../support/rotation.ts'
import { forget, rowOf } from '../support/rows.ts'
import { hearStatements } from '../support/statements.ts'

const LIVE = { url: '/health/live' }
const LIMIT = 4
const RATE_LIMITED = {
  status: 429,
  code: 'RATE_LIMITED',
  message: `Too many requests: RATE_LIMIT_MAX allows ${LIMIT} per minute`,
}

const build = (t: Test, limit = LIMIT) => buildApp(t, { environment: { RATE_LIMIT_MAX: limit } })

async function statuses({ request }: TestApp, requests: readonly InjectOptions[], jar?: Jar) {
  const found: number[] = []
  for (const each of requests) found.push((await request(each, jar)).statusCode)
  return found
}

const times = <Value>(count: number, value: Value): Value[] => Array.from({ length: count }, () => value)

/**
 * Fills the count of the address with requests without a token, as a page with 1,000 images does.
 */
async function fillAddress(service: TestApp): Promise<void> {
  await statuses(service, times(LIMIT, LIVE))
}

/** A refresh token of the browser's session with another MAC. */
function forged(jar: Jar): Jar {
  const token = jar.get('refresh') as string
  const other = token.endsWith('A') ? 'B' : 'A'
  return jar
    .copy()
    .delete('access')
    .set('refresh', token.slice(0, -1) + other)
}

const refreshOnly = (jar: Jar): Jar => jar.copy().delete('access')

t.test('counts a session across refreshes', async (t) => {
  const service = await build(t, 10)
  const browser = await signUp(service)
  const round = [REFRESH, ...times(10, ME)]
  const first = await statuses(service, round, browser)
  t.strictSame(first, [204, ...times(9, 200), 429])
  for (let n = 0; n < 5; n += 1) {
    t.strictSame(await statuses(service, round, browser), times(11, 429))
  }
  service.clock.advance(60)
  t.equal((await service.request(ME, browser)).statusCode, 200, 'a minute later')
})

t.test('counts requests that refresh without being asked to', async (t) => {
  const service = await build(t)
  const browser = await signUp(service)
  for (let n = 0; n < LIMIT; n += 1) {
    t.equal((await service.request(ME, browser.delete('access'))).statusCode, 200)
  }
  const response = await service.request(ME, browser.delete('access'))
  isRefusal(t, response, RATE_LIMITED)
  t.equal(response.headers['retry-after'], '60')
  keepsCookies(t, response)
})

t.test('counts a session whose tokens this process does not remember', async (t) => {
  const service = await build(t)
  const browser = await signUp(service)
  for (let n = 0; n < LIMIT; n += 1) {
    await forget(service, browser)
    t.equal((await service.request(ME, browser.delete('access'))).statusCode, 200)
  }
  await forget(service, browser)
  t.equal((await service.request(ME, browser.delete('access'))).statusCode, 429)
})

t.test('counts two sessions of one account apart', async (t) => {
  const service = await build(t)
  const [one, other] = [await signUp(service), await signUp(service, 'bo@example.com')]
  t.strictSame(await statuses(service, times(LIMIT + 1, ME), one), [...times(LIMIT, 200), 429])
  t.equal((await service.request(ME, other)).statusCode, 200)
})

t.test('refreshes a session whose address has used up its limit', async (t) => {
  const service = await build(t)
  const browser = await signUp(service)
  await fillAddress(service)
  t.equal((await service.request(LIVE)).statusCode, 429)
  t.equal((await service.request(ME, browser.delete('access'))).statusCode, 200)
  t.equal((await service.request(REFRESH, browser)).statusCode, 204)
  await forget(service, browser)
  t.equal(
    (await service.request(ME, browser)).statusCode,
    200,
    'also one that this process does not remember',
  )
})

t.test('gives the count of the address back when a refresh token proves genuine', async (t) => {
  const service = await build(t, 6)
  const browsers: Jar[] = []
  for (let n = 0; n < 4; n += 1) browsers.push(await signUp(service, `person-${n}@example.com`))
  for (let round = 0; round < 3; round += 1) {
    for (const browser of browsers) {
      await forget(service, browser)
      t.equal((await service.request(ME, browser.delete('access'))).statusCode, 200)
    }
  }
  t.strictSame(await statuses(service, [LIVE, LIVE, LIVE]), [200, 200, 429], 'four sign-ups were counted')
})

t.test('counts forged refresh tokens for the address', async (t) => {
  const service = await build(t)
  const browser = await signUp(service)
  const thief = forged(browser)
  t.strictSame(await statuses(service, times(LIMIT + 1, ME), thief), [...times(LIMIT, 401), 429])
  t.strictSame(await statuses(service, [REFRESH, LIVE]), [429, 429], 'with all that the address sends')
  t.strictSame(
    await statuses(service, times(LIMIT, ME), browser),
    times(LIMIT, 200),
    'and not for the session',
  )
})

t.test('refuses forged refresh tokens over the limit without asking the database', async (t) => {
  const { during } = hearStatements(t)
  const service = await build(t)
  const thief = forged(await signUp(service))
  const sent = await Promise.all(times(3 * LIMIT, ME).map((request) => service.request(request, thief)))
  const found = sent.map(({ statusCode }) => statusCode).sort()
  t.strictSame(found, [...times(LIMIT, 401), ...times(2 * LIMIT, 429)], 'a burst is no way around it')
  const asked = await during(() => service.request(ME, thief))
  t.notMatch(asked.join(), /select/i)
})

t.test('serves remembered sessions of an address that forged tokens have used up', async (t) => {
  const service = await build(t)
  const browser = await signUp(service)
  const forgotten = await signUp(service, 'bo@example.com')
  await statuses(service, times(LIMIT, ME), forged(browser))
  await forget(service, forgotten)
  t.equal((await service.request(ME, refreshOnly(forgotten))).statusCode, 429)
  t.equal((await service.request(ME, browser.delete('access'))).statusCode, 200)
})

t.test('remembers no session while the database does not say what has changed', async (t) => {
  const service = await build(t)
  const browser = await signUp(service)
  await statuses(service, times(LIMIT, ME), forged(browser))
  await internalsOf(service.app).store.close()
  t.equal((await service.request(ME, browser.delete('access'))).statusCode, 429)
})

t.test('does not record a session that was claimed and not proved', async (t) => {
  const service = await build(t)
  const browser = await signUp(service)
  const { id } = await rowOf(service, browser)
  await statuses(service, times(LIMIT, ME), browser)
  t.equal((await service.request(ME, forged(browser))).statusCode, 429)
  const events = await internalsOf(service.app).store.listEvents(100, { type: 'rate-limited' })
  matchesWhole(t, events, [
    { sessionId: null, userId: null, ip: '127.0.0.1', reason: 'RATE_LIMIT_MAX, GET /me' },
  ])
  t.equal((await service.request(ME, browser)).statusCode, 429)
  matchesWhole(t, await internalsOf(service.app).store.listEvents(1), [
    { type: 'rate-limited', sessionId: id },
  ])
})

t.test('counts for the address where a bearer token stands beside the cookies', async (t) => {
  const service = await build(t)
  const browser = await signUp(service)
  const request = { ...ME, headers: { authorization: 'Bearer a.b.c' } }
  t.strictSame(await statuses(service, times(LIMIT, request), browser), [401, 401, 401, 429])
})
