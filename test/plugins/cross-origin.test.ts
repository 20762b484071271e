import t from 'tap'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, PASSWORD, signUp, type TestApp } from '../support/app.ts'
import type { Jar } from '../support/jar.ts'
import { matchesWhole } from '../support/lists.ts'
import { FORBIDDEN, isRefusal } from '../support/refusals.ts'
import { bearer, fetchTokens } from '../support/tokens.ts'

const refusal = (
  reason: string,
  message: string | RegExp = /^This request did not come .+Accepted here is/,
) => ({
  status: 403,
  code: 'CROSS_ORIGIN_REFUSED',
  message,
  reason,
})

/** As inject sends it: with these headers and no Sec-Fetch-Site of its own. */
const send = ({ app }: TestApp, headers: Record<string, string>, jar?: Jar) =>
  app.inject({
    method: 'PATCH',
    url: '/me',
    payload: { name: 'Eve' },
    headers: { ...headers, ...(jar && { cookie: jar.header() as string }) },
  })

const foreign: readonly (readonly [string, Record<string, string>, string])[] = [
  ['another site', { 'sec-fetch-site': 'cross-site' }, 'cross-site'],
  ['a sibling domain', { 'sec-fetch-site': 'same-site' }, 'cross-site'],
  ['an unknown value', { 'sec-fetch-site': 'nonsense' }, 'cross-site'],
  [
    'another site, whatever its Origin says',
    { 'sec-fetch-site': 'cross-site', origin: 'http://localhost:80' },
    'cross-site',
  ],
  ['an older browser on another site', { origin: 'https://evil.example' }, 'foreign-origin'],
  ['an older browser on another port', { origin: 'http://localhost:3001' }, 'foreign-origin'],
  ['a sandboxed frame', { origin: 'null' }, 'foreign-origin'],
]

for (const [who, headers, reason] of foreign) {
  t.test(`refuses a request from ${who} before anything is changed or refreshed`, async (t) => {
    const service = await buildApp(t)
    const browser = await signUp(service)
    service.clock.advance(1_000)
    const response = await send(service, headers, browser)
    isRefusal(t, response, refusal(reason))
    t.same(response.headers['set-cookie'], undefined)
    const ada = await internalsOf(service.app).accounts.findByEmail('ada@example.com')
    t.equal(ada?.name, null)
    matchesWhole(t, await internalsOf(service.app).store.listEvents(1), [
      { type: 'cross-origin-refused', reason },
    ])
  })
}

t.test('refuses a request with cookies that does not say where it comes from', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  isRefusal(
    t,
    await send(service, {}, browser),
    refusal(
      'unknown-origin',
      'A request with cookies that changes something must say where it comes from: send an Origin header. Accepted here is Origin: http://localhost.',
    ),
  )
  const headers = { origin: 'http://localhost' }
  t.equal((await send(service, { ...headers, host: 'localhost' }, browser)).statusCode, 200, 'as it is told')
})

t.test('Basic credentials, which a browser adds by itself, prove no origin', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const response = await send(service, { authorization: 'Basic YWRhOng=' }, browser)
  t.match(response.json(), { code: 'CROSS_ORIGIN_REFUSED', reason: 'unknown-origin' })
})

t.test('a bearer token, which a browser does not add by itself, proves the origin', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const { access_token } = await fetchTokens(service)
  t.equal((await send(service, bearer(access_token), browser)).statusCode, 200)
})

t.test('serves pages of its own origin with either of the two headers', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  for (const headers of [
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
    { origin: 'http://auth.example:8080', host: 'auth.example:8080' },
    { origin: 'http://auth.example:8080', host: 'AUTH.example:8080' },
    { origin: 'https://auth.example', host: 'auth.example' },
  ]) {
    t.equal((await send(service, headers, browser)).statusCode, 200, JSON.stringify(headers))
  }
})

t.test('refuses a sign-in from a foreign page, with and without cookies', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  for (const url of ['/auth/login', '/auth/register', '/auth/logout', '/auth/refresh']) {
    const response = await service.request({
      method: 'POST',
      url,
      payload: { email: 'ada@example.com', password: PASSWORD },
      headers: { 'sec-fetch-site': 'cross-site' },
    })
    isRefusal(t, response, refusal('cross-site'), url)
  }
  const token = await service.request({
    method: 'POST',
    url: '/auth/token',
    payload: { grant_type: 'password', username: 'ada@example.com', password: PASSWORD },
    headers: { 'sec-fetch-site': 'cross-site' },
  })
  t.equal(token.statusCode, 403)
  t.match(token.json(), { error: 'invalid_request', error_description: /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/ })
})

t.test('lets a program without a browser sign in without either header', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const payload = { email: 'ada@example.com', password: PASSWORD }
  const response = await service.app.inject({ method: 'POST', url: '/auth/login', payload })
  t.equal(response.statusCode, 200)
})

for (const [what, cookie] of [
  ['an empty Cookie header, as a jar without cookies sends', ''],
  ['cookies of other applications', 'theme=dark; __Secure-refresh=x; my-access=x; accessed=x; Access=x'],
  ['cookies of this service without a value', 'access=; refresh= ; __Host-device='],
] as const) {
  t.test(`signs a program in that sends ${what}`, async (t) => {
    const service = await buildApp(t)
    await signUp(service)
    const payload = { email: 'ada@example.com', password: PASSWORD }
    const request = { method: 'POST', url: '/auth/login', payload, headers: { cookie } } as const
    t.equal((await service.app.inject(request)).statusCode, 200)
  })
}

for (const name of ['access', 'refresh', 'device']) {
  t.test(`refuses a request that does not say where it comes from with the cookie ${name}`, async (t) => {
    const service = await buildApp(t)
    for (const cookie of [`${name}=x`, `theme=dark;  __Host-${name}=x`, `${name}=; ${name}=x`]) {
      const response = await send(service, { cookie })
      t.match(response.json(), { code: 'CROSS_ORIGIN_REFUSED', reason: 'unknown-origin' }, cookie)
    }
  })
}

t.test('signs no browser in from a foreign page that has no cookie of the service yet', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const account = { email: 'ada@example.com', password: PASSWORD }
  const form = 'application/x-www-form-urlencoded'
  const attempts: readonly (readonly [string, Record<string, string>, string | object, number])[] = [
    ['a browser of today', { 'sec-fetch-site': 'cross-site', origin: 'null' }, account, 403],
    ['a browser that sends Origin alone', { origin: 'https://evil.example' }, account, 403],
    ['a sandboxed frame', { origin: 'null', cookie: 'theme=dark' }, account, 403],
    [
      'a form of a browser that says nothing',
      { 'content-type': form },
      `${new URLSearchParams(account)}`,
      415,
    ],
    ['JSON as text, which a form can send', { 'content-type': 'text/plain' }, JSON.stringify(account), 400],
    ['an empty form', { 'content-type': form, 'content-length': '0' }, '', 400],
  ]
  for (const [what, headers, payload, status] of attempts) {
    for (const url of ['/auth/login', '/auth/register']) {
      const response = await service.app.inject({ method: 'POST', url, payload, headers })
      t.equal(response.statusCode, status, `${what} at ${url}`)
      t.same(response.headers['set-cookie'], undefined)
    }
  }
})

t.test('serves safe requests from another site, such as a link', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const headers = { 'sec-fetch-site': 'cross-site' }
  t.equal((await service.request({ url: '/me', headers }, browser)).statusCode, 200)
})

t.test('tells the answer and the log which origin was compared with which host', async (t) => {
  const lines: string[] = []
  const service = await buildApp(t, { log: (line) => lines.push(line) })
  const headers = {
    'sec-fetch-site': 'same-site',
    origin: 'https://app.example.com',
    host: 'auth.example.com',
  }
  const response = await send(service, headers)
  const message = [
    'This request did not come from a page that this service trusts.',
    'The browser says that it comes from another site (Sec-Fetch-Site).',
    'Its Origin is https://app.example.com, compared with the host auth.example.com.',
    'Accepted here is Origin: http://auth.example.com.',
    'If you operate https://app.example.com, add it to the setting: TRUSTED_ORIGINS=https://app.example.com',
  ].join(' ')
  isRefusal(t, response, refusal('cross-site', message))
  const logged = lines.map((line) => JSON.parse(line)).filter(({ event }) => event !== undefined)
  t.match(logged, [{ event: 'cross-origin-refused', reason: `cross-site: ${message}` }])
})

t.test('records one event a minute for a page that repeats its requests', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const recorded = () => internalsOf(service.app).store.listEvents(10, { type: 'cross-origin-refused' })
  for (let n = 0; n < 3; n += 1) await send(service, { 'sec-fetch-site': 'cross-site' }, browser)
  await send(service, {}, browser)
  matchesWhole(t, await recorded(), [{ reason: 'unknown-origin' }, { reason: 'cross-site' }])
  t.equal((await recorded()).length, 2)
  service.clock.advance(60)
  await send(service, { 'sec-fetch-site': 'cross-site' }, browser)
  t.equal((await recorded()).length, 3)
})

t.test('records no event for a path that does not exist', async (t) => {
  const service = await buildApp(t)
  const headers = { 'sec-fetch-site': 'cross-site' }
  const response = await service.request({ method: 'POST', url: '/nowhere', headers })
  isRefusal(t, response, { status: 404, code: 'NOT_FOUND', message: 'There is nothing here' })
  t.same(await internalsOf(service.app).store.listEvents(1), [])
})

t.test(
  'refuses a caller without the permission of a route, and guards a route of many methods',
  async (t) => {
    const service = await buildApp(t, {
      routes(app) {
        app.post('/orders', { config: { auth: { permission: 'users:write' } } }, async () => ({}))
        app.all('/anything', { config: { auth: 'public' } }, async () => ({}))
      },
    })
    const browser = await signUp(service)
    isRefusal(t, await service.request({ method: 'POST', url: '/orders' }, browser), {
      status: 403,
      code: 'ACCESS_FORBIDDEN',
      message: FORBIDDEN,
    })
    const headers = { 'sec-fetch-site': 'cross-site' }
    isRefusal(
      t,
      await service.request({ method: 'DELETE', url: '/anything', headers }),
      refusal('cross-site'),
      'a route of many methods is guarded too',
    )
    t.equal((await service.request({ url: '/anything', headers })).statusCode, 200)
  },
)
