import t, { type Test } from 'tap'
import { administrator, person } from '../support/administration.ts'
import { buildApp, SECRET, signUp } from '../support/app.ts'
import { documentOf, operationsOf } from '../support/described-api.ts'
import { exchange, listen, parseAnswer, type SocketAnswer } from '../support/socket.ts'

const ANSWER_POLICY = [
  "default-src 'none'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join(';')

const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join(';')

const HEADERS = {
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

t.test('sends the strictest policy with answers and refusals, and forbids frames', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  for (const request of [
    { url: '/me' },
    { url: '/health/live' },
    { url: '/nowhere' },
    { url: '/%E0%A4%A' },
    { url: '/users/1' },
    { method: 'POST', url: '/auth/token', payload: {} },
    { method: 'POST', url: '/auth/logout' },
  ] as const) {
    const { headers } = await service.request(request, browser)
    t.match(headers, { ...HEADERS, 'content-security-policy': ANSWER_POLICY }, request.url)
    t.equal(headers['x-powered-by'], undefined)
  }
})

t.test('lets a page load from its own origin only, and isolates its window', async (t) => {
  const service = await buildApp(t, {
    routes(app) {
      app.get('/page', { config: { auth: 'public' } }, (_request, reply) =>
        reply.type('text/html; charset=utf-8').send('<!doctype html><title>A page</title>'),
      )
    },
  })
  t.match((await service.request({ url: '/page' })).headers, {
    ...HEADERS,
    'content-security-policy': PAGE_POLICY,
    'cross-origin-opener-policy': 'same-origin',
    'x-frame-options': 'DENY',
  })
})

t.test('keeps the policy of a page that has not changed', async (t) => {
  const service = await buildApp(t, {
    routes(app) {
      app.get('/page', { config: { auth: 'public' } }, ({ headers }, reply) => {
        reply.header('etag', '"1"')
        if (headers['if-none-match'] === '"1"') return reply.code(304).send()
        return reply.type('text/html; charset=utf-8').send('<!doctype html><title>A page</title>')
      })
    },
  })
  const { headers } = await service.request({ url: '/page' })
  const again = await service.request({ url: '/page', headers: { 'if-none-match': String(headers.etag) } })
  t.equal(again.statusCode, 304)
  // The rules of a cache. Source: RFC 9111 section 3.2.
  t.match({ ...headers, ...again.headers }, { ...HEADERS, 'content-security-policy': PAGE_POLICY })
})

t.test('sends HSTS where cookies are secure, and not on plain HTTP', async (t) => {
  const plain = await buildApp(t)
  t.equal((await plain.request({ url: '/me' })).headers['strict-transport-security'], undefined)
  const secure = await buildApp(t, { environment: { COOKIE_SECURE: 'true' } })
  t.equal((await secure.request({ url: '/me' })).headers['strict-transport-security'], 'max-age=31536000')
})

t.test('forbids every cache to store personal answers', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  service.clock.advance(1_000)
  const response = await service.request({ url: '/me' }, browser)
  t.ok(response.headers['set-cookie'])
  t.equal(response.headers['cache-control'], 'private, no-store')
  t.equal(response.headers.etag, undefined)
  const again = await service.request({ url: '/me' }, browser)
  t.equal(again.headers['set-cookie'], undefined)
  t.equal(again.headers['cache-control'], 'no-store')

  const guarded = operationsOf(await documentOf(service)).filter(
    ({ method, operation }) => method === 'GET' && operation.security.some((scheme) => 'cookies' in scheme),
  )
  t.ok(guarded.length > 5)
  const root = await administrator(service)
  // The new role comes with a new access cookie.
  await service.request({ url: '/me' }, root.jar)
  for (const { path } of guarded) {
    const { statusCode, headers } = await service.request(
      { url: path.replace('{userId}', root.id) },
      root.jar,
    )
    t.strictSame([statusCode, headers['cache-control']], [200, 'no-store'], path)
  }
})

const ORIGIN = 'https://app.example.com'

type Answer = Pick<SocketAnswer, 'headers' | 'body'>

/**
 * Answers of every kind from a service in production: success and failure, known and unknown
 * routes, data and pages.
 */
async function everyKindOfAnswer(t: Test): Promise<Readonly<Record<string, Answer>>> {
  const service = await buildApp(t, {
    environment: {
      NODE_ENV: 'production',
      SECRET_KEY: SECRET,
      ISSUER: 'https://auth.example.com',
      PAGES: 'true',
      TRUSTED_ORIGINS: ORIGIN,
    },
  })
  const port = await listen(service)
  const [{ jar }, ada] = [await administrator(service), await person(service, 'ada')]
  const { request } = service
  const login = { method: 'POST', url: '/auth/login' } as const
  const preflight = (url: string, origin: string) =>
    request({ method: 'OPTIONS', url, headers: { origin, 'access-control-request-method': 'POST' } })
  const page = await request({ url: '/' })
  const assets = [...page.body.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map(([, url]) => String(url))
  t.ok(assets.length >= 2)
  return {
    data: await request({ url: '/me' }, jar),
    'data for a page that is trusted': await request({ url: '/me', headers: { origin: ORIGIN } }, jar),
    health: await request({ url: '/health/live' }),
    'the caller is not signed in': await request({ url: '/me' }),
    'not permitted': await request({ url: '/admin/users' }, ada.jar),
    'nothing there': await request({ url: '/nowhere' }),
    'a path that cannot be decoded': await request({ url: '/%E0%A4%A' }),
    'not well formed': await request({ ...login, payload: { email: 1 } }),
    'not understood': await request({ ...login, payload: '<a/>', headers: { 'content-type': 'text/xml' } }),
    'too large': await request({ ...login, payload: { email: 'x'.repeat(100_000) } }),
    'a refusal of OAuth': await request({ method: 'POST', url: '/auth/token', payload: {} }),
    'a foreign page': await request({ ...login, headers: { 'sec-fetch-site': 'cross-site' } }),
    'no body': await request({ method: 'POST', url: '/auth/logout' }),
    'a preflight': await preflight('/me', ORIGIN),
    'a preflight of a page that is not trusted': await preflight('/me', 'https://attacker.example'),
    'a preflight for nothing': await preflight('/nowhere', ORIGIN),
    'no HTTP': parseAnswer(await exchange(port, 'nonsense\r\n\r\n')),
    'a page': page,
    'the API reference': await request({ url: '/docs/' }, jar),
    'the API document': await request({ url: '/docs/openapi.json' }, jar),
    ...Object.fromEntries(await Promise.all(assets.map(async (url) => [url, await request({ url })]))),
  }
}

/** The directives of a Content-Security-Policy by their names. */
const directives = (policy: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    String(policy)
      .split(';')
      .map((directive) => /^ *(\S+) *(.*)$/.exec(directive)?.slice(1) ?? []),
  )

/** RFC 8259: JSON is UTF-8, with or without the parameter. */
function typeOf(what: string, body: string): RegExp {
  if (what.endsWith('.js')) return /^(text|application)\/javascript; charset=utf-8$/i
  if (what.endsWith('.css')) return /^text\/css; charset=utf-8$/i
  if (body.trimStart().startsWith('<')) return /^text\/html; charset=utf-8$/i
  JSON.parse(body)
  return /^application\/json(; charset=utf-8)?$/i
}

t.test('sends security headers and a content type with every kind of answer in production', async (t) => {
  for (const [what, { headers, body }] of Object.entries(await everyKindOfAnswer(t))) {
    t.match(headers, { ...HEADERS, 'strict-transport-security': 'max-age=31536000' }, what)
    const policy = directives(headers['content-security-policy'])
    t.equal(policy['object-src'] ?? policy['default-src'], "'none'")
    t.equal(policy['base-uri'], "'none'")
    t.equal(policy['frame-ancestors'], "'none'")
    t.notMatch(policy['script-src'] ?? '', /unsafe|\*|https?:/)
    if (body === '') continue
    const type = String(headers['content-type'])
    t.match(type, typeOf(what, body))
    if (type.startsWith('text/html')) t.equal(headers['cross-origin-opener-policy'], 'same-origin')
  }
})

t.test('serves JSON as data in UTF-8 that no browser runs as a page', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const name = '<script>alert(1)</script> Åda λ 😀'
  await service.request({ method: 'PATCH', url: '/me', payload: { name } }, browser)
  const headers = { 'sec-fetch-dest': 'document', accept: 'text/html' }
  const answer = await service.request({ url: '/me', headers }, browser)
  t.match(answer.headers['content-type'], /^application\/json/)
  t.match(answer.headers, { ...HEADERS, 'content-security-policy': ANSWER_POLICY })
  t.match(answer.json(), { user: { name } })
})
