import fastifyCookie from '@fastify/cookie'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, signIn, signUp, type TestAppOptions } from '../../support/app.ts'
import { setCookies } from '../../support/jar.ts'
import { ACCESS_TTL, DAY, keepsCookies, LOGOUT, ME, REFRESH, SETTLE } from '../../support/rotation.ts'
import { rowOf } from '../../support/rows.ts'
import { buildUploadApp } from '../../support/uploads.ts'

type Response = Parameters<typeof setCookies>[0]

/** Names and attributes of the cookies a response sets, in the order in which it sets them. */
const shapes = (response: Response): string[] =>
  setCookies(response).map((line) => line.replace(/^([^=]+)=[^;]+/, '$1'))

t.test('sends the refresh cookie first, then the access cookie, with the same attributes', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  service.clock.advance(SETTLE)
  const refreshed = await service.request(REFRESH, jar)
  service.clock.advance(ACCESS_TTL)
  const silently = await service.request(ME, jar)
  for (const response of [refreshed, silently]) {
    const attributes = 'Path=/; HttpOnly; SameSite=Lax'
    t.strictSame(shapes(response), [`refresh; ${attributes}`, `access; ${attributes}`])
  }
})

t.test('gives each cookie of a remembered session the lifetime of its token', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const jar = await signIn(service)
  service.clock.advance(SETTLE)
  t.strictSame(shapes(await service.request(REFRESH, jar)), [
    `refresh; Max-Age=${7 * DAY}; Path=/; HttpOnly; SameSite=Lax`,
    `access; Max-Age=${ACCESS_TTL}; Path=/; HttpOnly; SameSite=Lax`,
  ])
})

t.test('sends Secure cookies of this host alone over HTTPS', async (t) => {
  const service = await buildApp(t, { environment: { COOKIE_SECURE: 'true' } })
  const jar = await signUp(service)
  const attributes = 'Path=/; HttpOnly; Secure; SameSite=Lax'
  service.clock.advance(SETTLE)
  const expected = [`__Host-refresh; ${attributes}`, `__Host-access; ${attributes}`]
  t.strictSame(shapes(await service.request(REFRESH, jar)), expected)

  service.clock.advance(ACCESS_TTL)
  t.strictSame(shapes(await service.request(ME, jar)), expected)
  t.equal((await rowOf(service, jar)).generation, 3)

  const cleared = await service.request({ method: 'POST', url: '/auth/logout' }, jar)
  const gone = 'Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax'
  t.strictSame(setCookies(cleared), [`__Host-refresh=; ${gone}`, `__Host-access=; ${gone}`])
})

t.test('ignores cookies without the prefix where the prefix is required', async (t) => {
  const service = await buildApp(t, { environment: { COOKIE_SECURE: 'true' } })
  const jar = await signUp(service)
  const planted = `access=${jar.get('__Host-access')}; refresh=${jar.get('__Host-refresh')}`
  const response = await service.request({ ...ME, headers: { cookie: planted } })
  t.match(response.json(), { statusCode: 401, code: 'TOKEN_MISSING' })
  keepsCookies(t, response)
})

const TEAPOT = { statusCode: 418, message: 'short and stout' }

const routes = (app: FastifyInstance): void => {
  app.get('/cacheable', async (_request, reply) =>
    reply.header('cache-control', 'public, max-age=3600').header('etag', '"v1"').send({ fine: true }),
  )
  app.get('/no-content', async (_request, reply) => reply.code(204).send())
  app.get('/redirect', async (_request, reply) => reply.redirect('/elsewhere'))
  app.get('/not-modified', async (_request, reply) => reply.code(304).header('etag', '"v1"').send())
  app.get('/client-error', async () => {
    throw Object.assign(new Error(TEAPOT.message), TEAPOT)
  })
  app.get('/server-error', async () => {
    throw new Error('a fault')
  })
  app.get('/refused', { config: { auth: { role: 'admin' } } }, async () => ({}))
  app.register(async (scope) => {
    await scope.register(fastifyCookie)
    scope.get('/own-cookie', async (_request, reply) => reply.setCookie('theme', 'dark').send({}))
  })
}

async function refreshing(t: Test, url: string, options: TestAppOptions = { routes }) {
  const service = await buildApp(t, options)
  const jar = await signUp(service)
  service.clock.advance(ACCESS_TTL)
  const first = await service.request({ method: 'GET', url }, jar)
  const second = await service.request({ method: 'GET', url }, jar)
  const { generation } = await rowOf(service, jar)
  return { first, second, generation }
}

t.test(
  'forbids caches to store a response that sets cookies, and leaves the next as its handler made it',
  async (t) => {
    const { first, second } = await refreshing(t, '/cacheable')
    t.equal(first.headers['cache-control'], 'private, no-store')
    t.equal(first.headers.etag, undefined)
    keepsCookies(t, second)
    t.equal(second.headers['cache-control'], 'public, max-age=3600')
    t.equal(second.headers.etag, '"v1"')
  },
)

t.test('forbids caches to store a response that clears cookies', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  await internalsOf(service.app).sessions.end(await rowOf(service, jar), 'ended-by-administrator')
  const response = await service.request(ME, jar)
  t.equal(response.statusCode, 401)
  t.equal(response.headers['cache-control'], 'private, no-store')
  t.equal(response.headers.etag, undefined)
})

const statuses = {
  '/no-content': 204,
  '/redirect': 302,
  '/not-modified': 304,
  '/client-error': 400,
  '/refused': 403,
  '/server-error': 500,
}

for (const [url, status] of Object.entries(statuses)) {
  t.test(`sends new cookies with an answer of ${status}`, async (t) => {
    const { first, second, generation } = await refreshing(t, url)
    t.equal(first.statusCode, status)
    t.strictSame(
      shapes(first).map((shape) => shape.split(';')[0]),
      ['refresh', 'access'],
    )
    t.equal(first.headers['cache-control'], 'private, no-store')
    t.equal(second.statusCode, status)
    keepsCookies(t, second)
    t.equal(generation, 2)
  })
}

t.test('rotates nothing for a request that is refused before authentication', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  service.clock.advance(ACCESS_TTL)
  const response = await service.request({ method: 'GET', url: '/users/nobody' }, jar)
  t.equal(response.statusCode, 400)
  t.equal((await rowOf(service, jar)).generation, 1)
  keepsCookies(t, response)
  t.equal(setCookies(await service.request(ME, jar)).length, 2, 'the next request is refreshed')
})

t.test('keeps cookies that a handler sets', async (t) => {
  const { first } = await refreshing(t, '/own-cookie')
  t.strictSame(
    shapes(first).map((shape) => shape.split(';')[0]),
    ['refresh', 'access', 'theme'],
  )
})

t.test('clears no cookies of the next session when the session of a slow request ends', async (t) => {
  for (const expired of [false, true]) {
    await t.test(expired ? 'with an expired access token' : 'with a good access token', async (t) => {
      const service = await buildUploadApp(t)
      await signUp(service, 'bob@example.com')
      const jar = await signUp(service, 'ada@example.com')
      if (expired) service.clock.advance(ACCESS_TTL)
      const upload = await service.upload(jar)
      service.clock.advance(1)
      await signIn(service, 'bob@example.com', { jar })

      const refused = await upload.finish()
      t.equal(refused.statusCode, 401)
      keepsCookies(t, refused)
      t.same(service.received, [])
      t.equal((await service.request(ME, jar)).json().user.email, 'bob@example.com')
    })
  }
})

t.test('clears no cookies when the session was signed out before the next sign-in', async (t) => {
  const service = await buildUploadApp(t)
  await signUp(service, 'bob@example.com')
  const jar = await signUp(service, 'ada@example.com')
  const upload = await service.upload(jar)
  service.clock.advance(1)
  await service.request(LOGOUT, jar)
  await signIn(service, 'bob@example.com', { jar })

  const refused = await upload.finish()
  t.equal(refused.statusCode, 401)
  keepsCookies(t, refused)
})

t.test(
  'clears no cookies for a request that arrives just after the sign-in which replaced its session',
  async (t) => {
    const service = await buildApp(t)
    await signUp(service, 'bob@example.com')
    const jar = await signUp(service, 'ada@example.com')
    const old = jar.copy()
    await signIn(service, 'bob@example.com', { jar })
    const refused = await service.request(ME, old)
    t.equal(refused.statusCode, 401)
    keepsCookies(t, refused)
  },
)

t.test('sends no Set-Cookie to a prefetch, also when its session has ended', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  const kept = jar.copy()
  await service.request({ method: 'POST', url: '/auth/logout' }, jar)
  const headers = { 'sec-purpose': 'prefetch' }
  const refused = await service.request({ url: '/me', headers }, kept)
  t.equal(refused.statusCode, 401)
  t.same(setCookies(refused), [])
})
