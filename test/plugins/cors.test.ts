import t from 'tap'
import { buildApp, SECRET, signUp } from '../support/app.ts'
import { isRefusal } from '../support/refusals.ts'

const APP = 'https://app.example.com'
const environment = { TRUSTED_ORIGINS: `${APP},http://localhost:5173` }

t.test('answers a preflight of a trusted origin, and allows cookies', async (t) => {
  const service = await buildApp(t, { environment })
  for (const origin of [APP, 'http://localhost:5173']) {
    const response = await service.app.inject({
      method: 'OPTIONS',
      url: '/me',
      headers: {
        origin,
        'access-control-request-method': 'PATCH',
        'access-control-request-headers': 'content-type',
      },
    })
    t.equal(response.statusCode, 204)
    t.match(response.headers, {
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': /\bPATCH\b/,
      'access-control-allow-headers': 'content-type',
      'access-control-max-age': '600',
      vary: /Origin/,
    })
    t.same(response.headers['set-cookie'], undefined)
  }
})

const preflight = {
  method: 'OPTIONS',
  url: '/me',
  headers: { origin: APP, 'access-control-request-method': 'PATCH' },
} as const

t.test('answers a preflight with the headers of every answer', async (t) => {
  const service = await buildApp(t, { environment: { ...environment, COOKIE_SECURE: 'true' } })
  const { headers: expected } = await service.request({ url: '/health/live' })
  const answers = [
    preflight,
    { ...preflight, headers: { ...preflight.headers, origin: 'https://other.example' } },
    { ...preflight, headers: {} },
    { ...preflight, url: '/nowhere' },
  ]
  for (const request of answers) {
    const { headers } = await service.app.inject(request)
    for (const name of [
      'content-security-policy',
      'cross-origin-resource-policy',
      'referrer-policy',
      'strict-transport-security',
      'x-content-type-options',
    ]) {
      t.ok(expected[name])
      t.equal(headers[name], expected[name], name)
    }
  }
})

t.test('counts preflights for their address', async (t) => {
  const service = await buildApp(t, { environment: { ...environment, RATE_LIMIT_MAX: 2 } })
  for (const status of [204, 204, 429]) t.equal((await service.app.inject(preflight)).statusCode, status)
  t.equal((await service.request({ url: '/health/live' })).statusCode, 429, 'among its other requests')
  const elsewhere = { ...preflight, remoteAddress: '192.0.2.1' }
  for (const status of [204, 204, 429]) t.equal((await service.app.inject(elsewhere)).statusCode, status)
})

t.test('lets a trusted origin change data and read the answer', async (t) => {
  const service = await buildApp(t, { environment })
  const browser = await signUp(service)
  const response = await service.request(
    {
      method: 'PATCH',
      url: '/me',
      payload: { name: 'Ada' },
      headers: { origin: APP, 'sec-fetch-site': 'cross-site' },
    },
    browser,
  )
  t.equal(response.statusCode, 200)
  t.match(response.headers, {
    'access-control-allow-origin': APP,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': /\bretry-after\b/,
    'cross-origin-resource-policy': 'same-origin',
  })
})

t.test('lets a trusted origin read refusals, which tell that the session has ended', async (t) => {
  const service = await buildApp(t, { environment })
  const response = await service.request({ url: '/me', headers: { origin: APP } })
  t.equal(response.statusCode, 401)
  t.equal(response.headers['access-control-allow-origin'], APP)
})

t.test('gives no CORS header to other origins, however similar their names', async (t) => {
  const service = await buildApp(t, { environment })
  const browser = await signUp(service)
  for (const origin of [
    'https://app.example.com.evil.example',
    'https://evil-app.example.com',
    'http://app.example.com',
    'https://app.example.com:8443',
    'https://APP.example.com',
    'null',
  ]) {
    const preflight = await service.app.inject({
      method: 'OPTIONS',
      url: '/me',
      headers: { origin, 'access-control-request-method': 'PATCH' },
    })
    t.equal(preflight.headers['access-control-allow-origin'], undefined, origin)
    const response = await service.request(
      {
        method: 'PATCH',
        url: '/me',
        payload: { name: 'Eve' },
        headers: { origin, 'sec-fetch-site': 'cross-site' },
      },
      browser,
    )
    isRefusal(t, response, {
      status: 403,
      code: 'CROSS_ORIGIN_REFUSED',
      message: /^This request did not come from a page that this service trusts\. /,
      reason: 'cross-site',
    })
    t.equal(response.headers['access-control-allow-origin'], undefined)
  }
})

t.test('sends no CORS header without trusted origins', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const refused = await service.app.inject(preflight)
  t.equal(refused.statusCode, 403)
  const response = await service.request({ url: '/me', headers: { origin: APP } }, browser)
  const names = Object.keys({ ...refused.headers, ...response.headers })
  t.same(
    names.filter((name) => name.startsWith('access-control')),
    [],
  )
  t.equal(response.headers['cross-origin-resource-policy'], 'same-origin')
})

for (const [title, TRUSTED_ORIGINS] of [
  ['without trusted origins', ''],
  ['beside trusted origins', 'http://localhost:5173'],
] as const) {
  t.test(`tells the developer of an unknown origin why its preflight fails, ${title}`, async (t) => {
    const lines: string[] = []
    const environment = TRUSTED_ORIGINS === '' ? {} : { TRUSTED_ORIGINS }
    const service = await buildApp(t, { environment, log: (line) => lines.push(line) })
    const message = [
      'This request did not come from a page that this service trusts.',
      `Its Origin is ${APP}, compared with the host localhost.`,
      'Accepted here is Origin: http://localhost.',
      `If you operate ${APP}, add it to the setting: TRUSTED_ORIGINS=${APP}`,
    ].join(' ')
    const refusal = { status: 403, code: 'CROSS_ORIGIN_REFUSED', message, reason: 'foreign-origin' }
    isRefusal(t, await service.app.inject(preflight), refusal)
    const events = lines.map((line) => JSON.parse(line)).filter(({ event }) => event !== undefined)
    t.match(events, [{ event: 'cross-origin-refused', reason: `foreign-origin: ${message}` }])
  })
}

t.test('answers OPTIONS that is no preflight of another origin by the methods of the path', async (t) => {
  const service = await buildApp(t)
  for (const headers of [
    {},
    { origin: APP },
    { origin: 'http://localhost:80', 'access-control-request-method': 'PATCH' },
  ]) {
    const { statusCode } = await service.app.inject({ ...preflight, headers })
    t.equal(statusCode, 405, JSON.stringify(headers))
  }
})

t.test('tells the preflight of an unknown origin nothing in production', async (t) => {
  const service = await buildApp(t, {
    environment: { NODE_ENV: 'production', SECRET_KEY: SECRET, ISSUER: 'https://auth.example.com' },
  })
  const response = await service.app.inject(preflight)
  t.match(response.json(), { statusCode: 405, code: 'METHOD_NOT_ALLOWED' })
})
