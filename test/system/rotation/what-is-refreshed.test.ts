import t, { type Test } from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, signIn, signUp, type TestApp } from '../../support/app.ts'
import type { Jar } from '../../support/jar.ts'
import { ACCESS_TTL, keepsCookies, LOGOUT, ME, refreshAndLose, SETTLE } from '../../support/rotation.ts'
import { rowOf } from '../../support/rows.ts'
import { someUser } from '../../support/rows-by-hand.ts'
import { bearer, claimsOf, fetchTokens } from '../../support/tokens.ts'

async function isRefreshed(t: Test, service: TestApp, jar: Jar): Promise<void> {
  const { generation } = await rowOf(service, jar)
  service.clock.advance(SETTLE)
  t.equal((await service.request(ME, jar)).statusCode, 200)
  t.equal((await rowOf(service, jar)).generation, generation + 1)
  keepsCookies(t, await service.request(ME, jar), 'the new cookies are good')
}

t.test('does not refresh while the access token is valid, to its last moment', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  service.clock.advance(ACCESS_TTL - 0.001)
  const response = await service.request(ME, jar)
  t.equal(response.statusCode, 200)
  keepsCookies(t, response)
  t.equal((await rowOf(service, jar)).generation, 1)

  service.clock.advance(0.001)
  await isRefreshed(t, service, jar)
})

t.test('refreshes when the access cookie is missing', async (t) => {
  const service = await buildApp(t)
  await isRefreshed(t, service, (await signUp(service)).delete('access'))
})

t.test('refreshes when the access cookie is forged: the refresh token is the authority', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  const genuine = jar.get('access') as string
  const ended = await signIn(service)
  await service.request(LOGOUT, ended.copy())
  const tokens = {
    garbage: 'garbage',
    'one with another signature': `${genuine.slice(0, -8)}AAAAAAAA`,
    'one of a session that has ended': ended.get('access') as string,
    'a refresh token': jar.get('refresh') as string,
  }
  for (const [title, token] of Object.entries(tokens)) {
    t.test(title, (t) => isRefreshed(t, service, jar.set('access', token)))
  }
})

t.test('serves a valid access cookie without a refresh cookie until it expires', async (t) => {
  const service = await buildApp(t)
  const jar = (await signUp(service)).delete('refresh')
  t.equal((await service.request(ME, jar)).statusCode, 200)
  service.clock.advance(ACCESS_TTL)
  const response = await service.request(ME, jar)
  t.match(response.json(), { statusCode: 401, code: 'TOKEN_EXPIRED' })
  keepsCookies(t, response)
})

t.test(
  'a change of role makes the access token stale, and the next request silently gets the new role',
  async (t) => {
    const service = await buildApp(t, {
      routes: (app) => {
        app.get('/for-admins', { config: { auth: { role: 'admin' } } }, async ({ principal }) => ({
          role: principal.role,
        }))
      },
    })
    const FOR_ADMINS = { method: 'GET', url: '/for-admins' } as const
    const jar = await signUp(service)
    t.equal((await service.request(FOR_ADMINS, jar)).statusCode, 403)
    const refreshToken = jar.get('refresh')
    const row = await rowOf(service, jar)
    const user = await internalsOf(service.app).accounts.get(row.userId)

    // The token may rotate by now, so that only the change of claims keeps it.
    service.clock.advance(SETTLE)
    await internalsOf(service.app).accounts.setRole(user, 'admin')
    const response = await service.request(FOR_ADMINS, jar)
    t.equal(response.statusCode, 200)
    t.strictSame(response.json(), { role: 'admin' })
    t.match(claimsOf(jar.get('access') as string), { role: 'admin', gen: 1 })
    t.equal(jar.get('refresh'), refreshToken, 'the same refresh token: nothing has to rotate for that')
    t.strictSame(await rowOf(service, jar), row)
    keepsCookies(t, await service.request(FOR_ADMINS, jar), 'the new cookies are good')

    // The last administrator would have to stay one.
    await internalsOf(service.app).store.createUser(someUser({ role: 'admin' }))
    await internalsOf(service.app).accounts.setRole(user, 'user')
    t.equal((await service.request(FOR_ADMINS, jar)).statusCode, 403, 'at the very next request')
    t.match(claimsOf(jar.get('access') as string), { role: 'user', gen: 1 }, 'with cookies, though refused')
  },
)

t.test('does not refresh on a public route', async (t) => {
  const service = await buildApp(t, {
    routes: (app) => {
      app.get('/open', { config: { auth: 'public' } }, async () => ({ open: true }))
    },
  })
  const jar = await signUp(service)
  service.clock.advance(ACCESS_TTL)
  const row = await rowOf(service, jar)
  for (const url of ['/open', '/health/live', '/nothing-here']) {
    keepsCookies(t, await service.request({ method: 'GET', url }, jar), url)
  }
  t.strictSame(await rowOf(service, jar), row)
})

t.test('refuses an expired bearer token with 401, and never refreshes it', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const tokens = await fetchTokens(service)
  const headers = bearer(tokens.access_token)
  t.equal((await service.request({ ...ME, headers })).statusCode, 200)

  service.clock.advance(ACCESS_TTL)
  const response = await service.request({ ...ME, headers })
  t.match(response.json(), { statusCode: 401, code: 'TOKEN_EXPIRED' })
  keepsCookies(t, response)
  const asBearer = await service.request({ ...ME, headers: bearer(tokens.refresh_token) })
  t.match(asBearer.json(), { statusCode: 401, code: 'TOKEN_INVALID' }, 'a refresh token is no access token')
})

t.test('reads a bearer token before cookies, and leaves the cookies alone', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  await signUp(service, 'bob@example.com')
  const token = (await fetchTokens(service, 'bob@example.com')).access_token
  service.clock.advance(SETTLE)
  const row = await rowOf(service, jar)
  const both = { ...ME, headers: bearer(token) }

  const good = await service.request(both, jar)
  t.match(good.json(), { user: { email: 'bob@example.com' } }, 'a good one, beside good cookies')
  service.clock.advance(ACCESS_TTL - SETTLE)
  const expired = await service.request(both, jar)
  t.match(
    expired.json(),
    { statusCode: 401, code: 'TOKEN_EXPIRED' },
    'an expired one, beside cookies to refresh',
  )
  const invalid = await service.request({ ...ME, headers: bearer('x') }, jar)
  t.match(invalid.json(), { statusCode: 401, code: 'TOKEN_INVALID' }, 'one that is none')
  const malformed = await service.request({ ...ME, headers: { authorization: 'Bearer' } }, jar)
  t.match(malformed.json(), { statusCode: 401, code: 'TOKEN_INVALID' }, 'one that is not there')

  for (const response of [good, expired, invalid, malformed]) keepsCookies(t, response)
  t.strictSame(await rowOf(service, jar), row)
  await isRefreshed(t, service, jar)
})

t.test('clears no cookies for a bearer token of an ended session', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  const headers = bearer((await fetchTokens(service)).access_token)
  await service.request({ ...LOGOUT, headers })
  const response = await service.request({ ...ME, headers }, jar)
  t.match(response.json(), { statusCode: 401, code: 'SESSION_ENDED' })
  keepsCookies(t, response)
  t.equal((await service.request(ME, jar)).statusCode, 200)
})

t.test('ignores another scheme of Authorization', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  service.clock.advance(ACCESS_TTL)
  const headers = { authorization: 'Basic YTpi' }
  t.equal((await service.request({ ...ME, headers }, jar)).statusCode, 200)
  t.equal((await rowOf(service, jar)).generation, 2)
})

t.test('refuses a cookie that is sent twice, and leaves the cookies alone', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  const newest = await refreshAndLose(service, jar)
  service.clock.advance(ACCESS_TTL)
  const row = await rowOf(service, jar)
  for (const planted of ['access=planted', `refresh=${jar.get('refresh')}`]) {
    const headers = { cookie: `${newest.header()}; ${planted}` }
    const response = await service.request({ ...ME, headers })
    t.match(response.json(), { statusCode: 401, code: 'COOKIE_AMBIGUOUS' })
    keepsCookies(t, response)
  }
  t.strictSame(await rowOf(service, jar), row)
})

t.test('refuses a post from a foreign page before anything is refreshed', async (t) => {
  const service = await buildApp(t, { routes: (app) => void app.post('/change', async () => ({})) })
  const jar = await signUp(service)
  service.clock.advance(ACCESS_TTL)
  const row = await rowOf(service, jar)
  for (const url of ['/change', '/auth/refresh']) {
    const response = await service.request(
      { method: 'POST', url, headers: { 'sec-fetch-site': 'cross-site' } },
      jar,
    )
    t.equal(response.statusCode, 403)
    keepsCookies(t, response)
  }
  t.strictSame(await rowOf(service, jar), row)
})
