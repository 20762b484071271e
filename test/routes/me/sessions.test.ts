import t from 'tap'
import { buildApp, signIn, signUp, type TestApp } from '../../support/app.ts'
import { Jar, setCookies } from '../../support/jar.ts'
import { isRefusal, malformed, unproved } from '../../support/refusals.ts'
import { bearer, claimsOf, fetchTokens } from '../../support/tokens.ts'

const sidOf = (jar: Jar): string => claimsOf(jar.get('access') as string).sid as string
const statusOf = async (service: TestApp, jar: Jar) => (await service.request({ url: '/me' }, jar)).statusCode

t.test('lists the sessions of the account, the latest seen first', async (t) => {
  const service = await buildApp(t)
  await signUp(service, 'bo@example.com')
  const browser = await signUp(service)
  service.clock.advance(60)
  const phone = new Jar()
  await service.request(
    {
      method: 'POST',
      url: '/auth/login',
      payload: { email: 'ada@example.com', password: 'correct horse battery staple', remember: true },
      headers: { 'user-agent': 'A phone' },
      remoteAddress: '203.0.113.7',
    },
    phone,
  )
  const response = await service.request({ url: '/me/sessions' }, browser)
  t.equal(response.statusCode, 200)
  t.strictSame(response.json(), {
    sessions: [
      {
        id: sidOf(phone),
        current: false,
        createdAt: '2026-01-15T12:01:00.000Z',
        lastSeenAt: '2026-01-15T12:01:00.000Z',
        expiresAt: '2026-01-22T12:01:00.000Z',
        ip: '203.0.113.7',
        userAgent: 'A phone',
      },
      {
        id: sidOf(browser),
        current: true,
        createdAt: '2026-01-15T12:00:00.000Z',
        lastSeenAt: '2026-01-15T12:00:00.000Z',
        expiresAt: '2026-01-16T12:00:00.000Z',
        ip: '127.0.0.1',
        userAgent: 'lightMyRequest',
      },
    ],
    notices: [],
  })
})

t.test('a refresh updates when a session was seen', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  await signIn(service)
  service.clock.advance(1_000)
  await service.request({ url: '/me', headers: { 'user-agent': 'after an update' } }, browser)
  const { sessions } = (await service.request({ url: '/me/sessions' }, browser)).json()
  t.match(sessions[0], {
    id: sidOf(browser),
    userAgent: 'after an update',
    createdAt: '2026-01-15T12:00:00.000Z',
    lastSeenAt: '2026-01-15T12:16:40.000Z',
  })
})

t.test('lists no ended or expired session', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const browser = await signIn(service)
  const gone = await signIn(service)
  await service.request({ method: 'POST', url: '/auth/logout' }, gone)
  service.clock.advance(25 * 60 * 60)
  const { sessions } = (await service.request({ url: '/me/sessions' }, browser)).json()
  t.equal(sessions.length, 1)
})

t.test('ends one session by its id', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const phone = await signIn(service)
  const tablet = await signIn(service)
  const response = await service.request({ method: 'DELETE', url: `/me/sessions/${sidOf(phone)}` }, browser)
  t.equal(response.statusCode, 204)
  t.equal(response.body, '')
  t.same(setCookies(response), [])
  isRefusal(t, await service.request({ url: '/me' }, phone), unproved('SESSION_ENDED', 'revoked'))
  t.equal(await statusOf(service, tablet), 200)
})

t.test('ending the current session signs out', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const response = await service.request({ method: 'DELETE', url: `/me/sessions/${sidOf(browser)}` }, browser)
  t.equal(response.statusCode, 204)
  t.same([...browser.cookies.keys()], ['device'])
})

t.test('a bearer token ends its own session without changing cookies', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const { access_token } = await fetchTokens(service)
  const url = `/me/sessions/${claimsOf(access_token).sid}`
  const response = await service.request({ method: 'DELETE', url, headers: bearer(access_token) }, browser)
  t.equal(response.statusCode, 204)
  t.same(setCookies(response), [])
  t.equal(await statusOf(service, browser), 200)
})

t.test('refuses to end the session of another account as if it did not exist', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const bo = await signUp(service, 'bo@example.com')
  const end = (id: string) => service.request({ method: 'DELETE', url: `/me/sessions/${id}` }, browser)
  const nothing = { status: 404, code: 'NOT_FOUND', message: 'There is nothing here' }
  isRefusal(t, await end(sidOf(bo)), nothing)
  isRefusal(t, await end('A'.repeat(22)), nothing)
  isRefusal(t, await end('short'), malformed('params/id must match pattern "^[A-Za-z0-9_-]{22}$"'))
  t.equal(await statusOf(service, bo), 200)
})

t.test('ends all other sessions of the account, and no session of another', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const others = [await signIn(service), await signIn(service)]
  const bo = await signUp(service, 'bo@example.com')
  const response = await service.request({ method: 'DELETE', url: '/me/sessions' }, browser)
  t.equal(response.statusCode, 204)
  t.equal(response.body, '')
  for (const other of others) t.equal(await statusOf(service, other), 401)
  t.equal(await statusOf(service, browser), 200)
  t.equal(await statusOf(service, bo), 200)
  t.equal((await service.request({ method: 'DELETE', url: '/me/sessions' }, browser)).statusCode, 204)
})
