import type { InjectOptions } from 'fastify'
import t, { type Test } from 'tap'
import { createRequestCounts } from '../../src/http/request-counts.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, PASSWORD, signUp, type TestApp } from '../support/app.ts'
import { Jar } from '../support/jar.ts'
import { matchesWhole } from '../support/lists.ts'
import { isRefusal } from '../support/refusals.ts'

const refusedBy = (setting: string, limit: number) => ({
  status: 429,
  code: 'RATE_LIMITED',
  message: `Too many requests: ${setting} allows ${limit} per minute`,
})
const LIVE = { url: '/health/live' }
const ME = { url: '/me' }
const LOGIN = { method: 'POST', url: '/auth/login', payload: { email: 'unknown', password: 'x' } } as const

const statuses = async (service: TestApp, requests: readonly InjectOptions[]) => {
  const found: number[] = []
  for (const request of requests) found.push((await service.request(request)).statusCode)
  return found
}
/** Headers of the IETF's draft, beside Retry-After. */
function tells(t: Test, { headers }: Awaited<ReturnType<TestApp['request']>>, limit: number): void {
  const seconds = Number(headers['retry-after'])
  t.ok(Number.isInteger(seconds) && seconds >= 1 && seconds <= 60)
  t.equal(headers['ratelimit-limit'], String(limit))
  t.equal(headers['ratelimit-remaining'], '0')
  t.equal(headers['ratelimit-reset'], String(seconds))
}
const build = (t: Test, RATE_LIMIT_MAX: number, LOGIN_RATE_LIMIT_MAX: number, TRUST_PROXY?: string) =>
  buildApp(t, {
    environment: { RATE_LIMIT_MAX, LOGIN_RATE_LIMIT_MAX, ...(TRUST_PROXY !== undefined && { TRUST_PROXY }) },
  })

t.test('limits the requests of one address, and says when to come back', async (t) => {
  const service = await build(t, 3, 100)
  t.strictSame(await statuses(service, [LIVE, LIVE, LIVE]), [200, 200, 200])
  const response = await service.request(LIVE)
  isRefusal(t, response, refusedBy('RATE_LIMIT_MAX', 3))
  tells(t, response, 3)
  t.equal((await service.request({ ...LIVE, remoteAddress: '192.0.2.1' })).statusCode, 200)
})

t.test('adds no header about the limit to an answer that is not refused', async (t) => {
  const service = await build(t, 3, 100)
  const { headers } = await service.request(LIVE)
  t.strictSame(
    Object.keys(headers).filter((name) => /ratelimit|retry/.test(name)),
    [],
  )
})

t.test('counts every route', async (t) => {
  const service = await build(t, 3, 100)
  await statuses(service, [{ url: '/me' }, { method: 'POST', url: '/auth/logout' }, { url: '/docs/' }])
  t.equal((await service.request(LIVE)).statusCode, 429)
})

t.test('leaves the cookies alone in a refusal', async (t) => {
  const service = await build(t, 2, 100)
  const browser = await signUp(service)
  await service.request(ME, browser)
  await service.request(ME, browser)
  const response = await service.request(ME, browser.delete('access'))
  isRefusal(t, response, refusedBy('RATE_LIMIT_MAX', 2))
  t.same(response.headers['set-cookie'], undefined)
})

t.test('counts a signed-in session apart from its address', async (t) => {
  const service = await build(t, 4, 100)
  const ada = await signUp(service, 'ada@example.com')
  const bo = await signUp(service, 'bo@example.com')
  t.strictSame(await statuses(service, [LIVE, LIVE, LIVE]), [200, 200, 429], 'signing up was counted, too')
  for (const browser of [ada, bo, ada, ada, ada]) {
    t.equal((await service.request(ME, browser)).statusCode, 200)
  }
  const response = await service.request(ME, ada)
  isRefusal(t, response, refusedBy('RATE_LIMIT_MAX', 4))
  tells(t, response, 4)
  t.equal(response.headers['retry-after'], '60')
  t.equal((await service.request(ME, bo)).statusCode, 200)

  service.clock.advance(59.5)
  t.equal((await service.request(ME, ada)).headers['retry-after'], '1')
  service.clock.advance(0.5)
  t.equal((await service.request(ME, ada)).statusCode, 200, 'a minute later')
})

t.test('counts an invalid token for its address', async (t) => {
  const service = await build(t, 2, 100)
  const requests = ['x.y.z', 'a b c'].map((token) => ({
    ...ME,
    headers: { authorization: `Bearer ${token}` },
  }))
  const twice = { ...ME, headers: { cookie: 'access=x; access=y' } }
  t.strictSame(await statuses(service, [...requests, twice]), [401, 401, 429])
})

t.test('gives all routes that take a password one stricter limit', async (t) => {
  const service = await build(t, 100, 3)
  await signUp(service)
  const token = { method: 'POST', url: '/auth/token', payload: { grant_type: 'password' } } as const
  t.strictSame(await statuses(service, [LOGIN, token]), [401, 400])

  const register = {
    method: 'POST',
    url: '/auth/register',
    payload: { email: 'bo@example.com', password: PASSWORD },
  }
  for (const request of [LOGIN, register as InjectOptions]) {
    const response = await service.request(request, new Jar())
    isRefusal(t, response, refusedBy('LOGIN_RATE_LIMIT_MAX', 3))
    tells(t, response, 3)
  }
  const response = await service.request(token)
  t.equal(response.statusCode, 429)
  t.strictSame(response.json(), {
    error: 'temporarily_unavailable',
    error_description: refusedBy('LOGIN_RATE_LIMIT_MAX', 3).message,
  })
  tells(t, response, 3)
  t.equal(response.headers['cache-control'], 'no-store')
  t.equal((await service.request(LIVE)).statusCode, 200, 'other routes go on')
  t.equal(await internalsOf(service.app).accounts.findByEmail('bo@example.com'), undefined)
})

t.test(
  'applies the strict limit to a route that asks for it, and keeps the hooks of the route',
  async (t) => {
    const service = await buildApp(t, {
      environment: { LOGIN_RATE_LIMIT_MAX: 1 },
      routes(app) {
        app.get(
          '/codes',
          {
            config: { auth: 'public', limit: 'strict' },
            onRequest: (_request, reply, done) => {
              reply.header('x-first-hook', 'ran')
              done()
            },
            preParsing: (_request, reply, payload, done) => {
              reply.header('x-own-hook', 'ran')
              done(null, payload)
            },
          },
          async () => ({}),
        )
      },
    })
    const first = await service.request({ url: '/codes' })
    matchesWhole(t, [first.statusCode, first.headers['x-own-hook']], [200, 'ran'])
    t.equal(first.headers['x-first-hook'], 'ran')
    const second = await service.request({ url: '/codes' })
    matchesWhole(t, [second.statusCode, second.headers['x-own-hook']], [429, undefined])
  },
)

t.test('checks the strict limit before the body is read', async (t) => {
  const service = await build(t, 100, 1)
  await service.request(LOGIN)
  const response = await service.request({
    method: 'POST',
    url: '/auth/login',
    headers: { 'content-type': 'application/json' },
    payload: '{',
  })
  isRefusal(t, response, refusedBy('LOGIN_RATE_LIMIT_MAX', 1))
})

t.test('does not count the posts of a foreign page among the sign-ins of its visitor', async (t) => {
  const service = await build(t, 100, 2)
  const foreign = { ...LOGIN, headers: { 'sec-fetch-site': 'cross-site' } }
  t.strictSame(await statuses(service, [foreign, foreign, foreign]), [403, 403, 403])
  t.strictSame(await statuses(service, [LOGIN, LOGIN, LOGIN]), [401, 401, 429])
  t.strictSame(await statuses(service, [foreign]), [403], 'nor does the limit answer in its place')
})

t.test('counts IPv6 addresses of one /64 as one', async (t) => {
  const service = await build(t, 100, 2)
  const from = (remoteAddress: string) => ({ ...LOGIN, remoteAddress })
  t.strictSame(
    await statuses(service, [
      from('2001:db8:0:1::1'),
      from('2001:db8:0:1:ffff:ffff:ffff:ffff'),
      from('2001:db8:0:1:1234::9'),
      from('2001:db8:0:2::1'),
    ]),
    [401, 401, 429, 401],
  )
})

t.test('counts an IPv4 address and its IPv6 form as one', async (t) => {
  const service = await build(t, 100, 1)
  const from = (remoteAddress: string) => ({ ...LOGIN, remoteAddress })
  t.strictSame(
    await statuses(service, [from('192.0.2.1'), from('::ffff:192.0.2.1'), from('192.0.2.2')]),
    [401, 429, 401],
  )
})

const forwarded = (address: string, remoteAddress = '127.0.0.1') => ({
  ...LOGIN,
  remoteAddress,
  headers: { 'x-forwarded-for': address },
})

t.test('ignores X-Forwarded-For from an address that is not trusted', async (t) => {
  const service = await build(t, 100, 1)
  t.strictSame(await statuses(service, [forwarded('192.0.2.1'), forwarded('192.0.2.2')]), [401, 429])
  matchesWhole(t, await internalsOf(service.app).store.listEvents(1), [{ ip: '127.0.0.1' }])
})

t.test('reads X-Forwarded-For from a proxy of TRUST_PROXY', async (t) => {
  const service = await build(t, 100, 1, '127.0.0.1,10.0.0.0/8')
  t.strictSame(
    await statuses(service, [
      forwarded('192.0.2.1'),
      forwarded('192.0.2.2', '10.1.2.3'),
      forwarded('192.0.2.1'),
      forwarded('203.0.113.9, 192.0.2.2'),
      forwarded('192.0.2.3', '198.51.100.1'),
      forwarded('192.0.2.4', '198.51.100.1'),
    ]),
    [401, 401, 429, 429, 401, 429],
    'the last address that no trusted proxy wrote counts',
  )
})

t.test(
  'takes an address from X-Forwarded-For without its port, and nothing that is no address',
  async (t) => {
    const { request } = await buildApp(t, {
      environment: { TRUST_PROXY: '127.0.0.1,10.0.0.0/8,2001:db8:ffff::/48,::1' },
      routes(app) {
        app.get('/address', { config: { auth: 'public' } }, async (request) => request.tacit.client.ip)
      },
    })
    for (const [header, ip] of [
      ['192.0.2.1:5678', '192.0.2.1'],
      ['[2001:db8::1]:80', '2001:db8::1'],
      ['[2001:db8::1]', '2001:db8::1'],
      ['2001:db8::1', '2001:db8::1'],
      ['192.0.2.1, 10.0.0.1:4711', '192.0.2.1'],
      ['192.0.2.1,10.0.0.1 ', '192.0.2.1'],
      ['unknown', '127.0.0.1'],
      ['_hidden:80', '127.0.0.1'],
      ['192.0.2.1:', '127.0.0.1'],
      ['[192.0.2.1', '127.0.0.1'],
      ['', '127.0.0.1'],
      ['192.0.2.1, nonsense, 10.0.0.1', '10.0.0.1'],
      ['nonsense, 192.0.2.1', '192.0.2.1'],
      ['10.0.0.2, 10.0.0.1', '10.0.0.2'],
      ['192.0.2.1, 2001:db8:ffff::5', '192.0.2.1'],
      ['192.0.2.1, 2001:db8:fffe::5', '2001:db8:fffe::5'],
      ['192.0.2.1, [::1]:4711', '192.0.2.1'],
    ] as const) {
      t.equal((await request({ url: '/address', headers: { 'x-forwarded-for': header } })).body, ip, header)
    }
  },
)

t.test('counts an address behind a proxy as one, whatever its ports', async (t) => {
  const service = await build(t, 100, 1, '127.0.0.1')
  t.strictSame(
    await statuses(service, [forwarded('192.0.2.1:1'), forwarded('192.0.2.1:2'), forwarded('192.0.2.2:1')]),
    [401, 429, 401],
  )
})

t.test('warns once of X-Forwarded-For from an address that is not trusted', async (t) => {
  for (const TRUST_PROXY of [undefined, '10.0.0.0/8']) {
    const lines: string[] = []
    const environment = TRUST_PROXY === undefined ? {} : { TRUST_PROXY }
    const service = await buildApp(t, { environment, log: (line) => lines.push(line) })
    const warnings = () => lines.filter((line) => line.includes('X-Forwarded-For'))
    await service.request(LOGIN)
    if (TRUST_PROXY !== undefined) await service.request(forwarded('192.0.2.1', '10.0.0.1'))
    t.same(warnings(), [])
    await service.request(forwarded('192.0.2.1', '198.51.100.1'))
    await service.request(forwarded('192.0.2.1', '198.51.100.2'))
    t.equal(warnings().length, 1)
    t.match(JSON.parse(warnings()[0] as string), {
      level: 40,
      peer: '198.51.100.1',
      msg: /is not in TRUST_PROXY. If this is your proxy, add its address to TRUST_PROXY/,
    })
  }
})

t.test('records one event a minute for an address and a limit', async (t) => {
  const service = await build(t, 4, 2)
  const told = async () =>
    (await internalsOf(service.app).store.listEvents(100, { type: 'rate-limited' })).toReversed()
  const [desk, phone] = ['2001:db8:0:1::1', '2001:db8:0:1::2']
  const from = (request: InjectOptions, remoteAddress = desk) => ({ ...request, remoteAddress })
  await statuses(service, [from(LOGIN), from(LOGIN), from(LOGIN), from(LOGIN, phone)])
  const strict = { ip: desk, userId: null, reason: 'LOGIN_RATE_LIMIT_MAX, POST /auth/login' }
  matchesWhole(t, await told(), [strict])
  t.equal((await told()).length, 1)

  t.strictSame(
    await statuses(service, [from(LIVE), from(ME, phone), from({ url: '/nowhere' })]),
    [429, 429, 429],
  )
  const general = { ip: desk, userId: null, reason: 'RATE_LIMIT_MAX, GET /health/live' }
  matchesWhole(t, await told(), [strict, general])
  t.equal((await told()).length, 2)

  service.clock.advance(60)
  t.strictSame(await statuses(service, [from({ url: '/nowhere' })]), [429])
  t.match((await told())[2], { ip: desk, reason: 'RATE_LIMIT_MAX, GET where there is nothing' })
})

t.test('records one event a minute for a signed-in caller, with the account', async (t) => {
  const service = await build(t, 2, 100)
  const ada = await signUp(service)
  for (let n = 0; n < 4; n += 1) await service.request(ME, ada)
  const events = await internalsOf(service.app).store.listEvents(100, { type: 'rate-limited' })
  const { user, session } =
    internalsOf(service.app).sessions.recognise(ada.get('access') as string, service.clock.now(), 'cookie')
      ?.principal ?? {}
  matchesWhole(t, events, [{ userId: user?.id, sessionId: session?.id, reason: 'RATE_LIMIT_MAX, GET /me' }])
  t.equal(events.length, 1)
})

t.test('counts a key within its own window, and takes back only what that window counted', async (t) => {
  const counts = createRequestCounts(2, 1_000)
  t.match(counts.add('a', 0), { requests: 1, endsAt: 1_000 })
  t.match(counts.add('a', 999), { requests: 2 })
  counts.takeBack('a', 1_000)
  t.match(counts.find('a', 999), { requests: 1 })
  t.equal(counts.find('a', 1_000), undefined)
  t.match(counts.add('a', 1_000), { requests: 1, endsAt: 2_000 })
  counts.takeBack('a', 1_000)
  t.match(counts.find('a', 1_000), { requests: 1 }, 'the window before is over')
})

t.test('forgets the count of the key that was used least recently when others need its place', async (t) => {
  const counts = createRequestCounts(2, 1_000)
  const { endsAt } = counts.add('a', 0)
  for (const key of ['b', 'c']) counts.add(key, 0)
  t.equal(counts.find('a', 0), undefined)
  counts.takeBack('a', endsAt)
  t.match(counts.add('a', 0), { requests: 1 })
})
