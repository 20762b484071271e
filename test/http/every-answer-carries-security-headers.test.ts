import t from 'tap'
import { buildApp, signUp } from '../support/app.ts'

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

t.test('answers and refusals alike: nothing may be loaded for them, and nobody frames them', async (t) => {
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

t.test('a page loads what comes from its own origin, and opens to nobody', async (t) => {
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

t.test('a page that has not changed keeps the policy that it came with', async (t) => {
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
  // What a cache does with it. Source: RFC 9111 section 3.2.
  t.match({ ...headers, ...again.headers }, { ...HEADERS, 'content-security-policy': PAGE_POLICY })
})

t.test('https is insisted on where cookies are secure, and not on plain http', async (t) => {
  const plain = await buildApp(t)
  t.equal((await plain.request({ url: '/me' })).headers['strict-transport-security'], undefined)
  const secure = await buildApp(t, { environment: { COOKIE_SECURE: 'true' } })
  t.equal((await secure.request({ url: '/me' })).headers['strict-transport-security'], 'max-age=31536000')
})

t.test('what belongs to one person is cached nowhere', async (t) => {
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
})
