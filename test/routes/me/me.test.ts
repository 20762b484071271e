import t from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, PASSWORD, signIn, signUp } from '../../support/app.ts'
import { Jar, setCookies } from '../../support/jar.ts'
import { isRefusal, malformed, unproved } from '../../support/refusals.ts'
import { bearer, claimsOf, fetchTokens } from '../../support/tokens.ts'

t.test('GET /me returns the account and the session of the caller', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  service.clock.advance(60)
  const response = await service.request({ url: '/me', headers: { 'user-agent': 'later' } }, browser)
  t.equal(response.statusCode, 200)
  const { sub, sid } = claimsOf(browser.get('access') as string)
  t.strictSame(response.json(), {
    user: {
      id: sub,
      email: 'ada@example.com',
      name: null,
      role: 'user',
      createdAt: '2026-01-15T12:00:00.000Z',
      disabled: false,
      emailConfirmed: false,
    },
    session: {
      id: sid,
      current: true,
      createdAt: '2026-01-15T12:00:00.000Z',
      lastSeenAt: '2026-01-15T12:00:00.000Z',
      expiresAt: '2026-01-16T12:00:00.000Z',
      ip: '127.0.0.1',
      userAgent: 'lightMyRequest',
    },
    signInNotices: true,
  })
})

t.test('GET /me accepts cookies or a bearer token', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const { access_token } = await fetchTokens(service)
  for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
    const response = await service.request({
      url: '/me',
      headers: { authorization: `${scheme} ${access_token}` },
    })
    t.equal(response.json().session.id, claimsOf(access_token).sid)
  }
  const both = await service.request({ url: '/me', headers: bearer(access_token) }, browser)
  t.equal(both.json().session.id, claimsOf(access_token).sid, 'where both are sent, the bearer token decides')
})

t.test('GET /me refuses a request without cookies and token', async (t) => {
  const service = await buildApp(t)
  for (const request of [
    { url: '/me' },
    { method: 'HEAD', url: '/me' },
    { method: 'PATCH', url: '/me', payload: { name: 'Ada' } },
    { method: 'DELETE', url: '/me', payload: { currentPassword: PASSWORD } },
    { method: 'POST', url: '/me/password', payload: { currentPassword: 'x', newPassword: 'y' } },
    { url: '/me/sessions' },
    { method: 'DELETE', url: '/me/sessions' },
    { method: 'DELETE', url: `/me/sessions/${'A'.repeat(22)}` },
    { url: '/users/019bc186-de00-738c-b587-e5f65ab95d6c' },
  ] as const) {
    const response = await service.request(request)
    if (response.body === '') t.equal(response.statusCode, 401)
    else isRefusal(t, response, unproved('TOKEN_MISSING'), request.url)
  }
})

t.test('refuses an expired bearer token, and refreshes nothing', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const { access_token } = await fetchTokens(service)
  service.clock.advance(900)
  const response = await service.request({ url: '/me', headers: bearer(access_token) }, browser)
  isRefusal(t, response, unproved('TOKEN_EXPIRED'))
  t.same(setCookies(response), [])
})

t.test('PATCH /me changes the name from the next request on', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  for (const name of ['Ada King', null]) {
    const response = await service.request({ method: 'PATCH', url: '/me', payload: { name } }, browser)
    t.equal(response.statusCode, 200)
    const { user } = (await service.request({ url: '/me' }, browser)).json()
    t.strictSame(response.json(), { user })
    t.equal(user.name, name)
  }
})

t.test('PATCH /me accepts a name, the switch of notices and nothing else', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const rename = (payload: object) => service.request({ method: 'PATCH', url: '/me', payload }, browser)
  isRefusal(t, await rename({}), malformed('body must NOT have fewer than 1 properties'))
  for (const property of ['role', 'email', 'id', 'disabled', 'emailConfirmed', 'passwordHash']) {
    const refused = malformed(`body must not have the property "${property}"`)
    isRefusal(t, await rename({ name: 'Ada', [property]: 'admin' }), refused)
  }
  isRefusal(t, await rename({ name: '' }), malformed('body/name must NOT have fewer than 1 characters'))
  isRefusal(
    t,
    await rename({ name: 'x'.repeat(201) }),
    malformed('body/name must NOT have more than 200 characters'),
  )
  isRefusal(t, await rename({ name: 1 }), malformed('body/name must be string'))
})

t.test('DELETE /me deletes the account and all its sessions', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const before = browser.copy()
  const phone = await signIn(service)
  const response = await service.request(
    { method: 'DELETE', url: '/me', payload: { currentPassword: PASSWORD } },
    browser,
  )
  t.equal(response.statusCode, 204)
  t.equal(response.body, '')
  t.same([...browser.cookies.keys()], ['device'], 'the cookies of the session are gone')
  t.equal(await internalsOf(service.app).accounts.findByEmail('ada@example.com'), undefined)
  for (const jar of [before, phone]) {
    isRefusal(t, await service.request({ url: '/me' }, jar), unproved('SESSION_ENDED', 'unknown'))
  }
  await signUp(service)
})

t.test('DELETE /me refuses a wrong password', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const remove = (payload: object) => service.request({ method: 'DELETE', url: '/me', payload }, browser)
  isRefusal(t, await remove({ currentPassword: 'wrong' }), {
    status: 403,
    code: 'PASSWORD_INCORRECT',
    message: 'The current password is not correct',
  })
  isRefusal(t, await remove({ password: PASSWORD }), malformed('body must not have the property "password"'))
  t.equal((await service.request({ url: '/me' }, browser)).statusCode, 200)
})

t.test('DELETE /me by a bearer token leaves the cookies alone', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const bo = await signUp(service, 'bo@example.com')
  const { access_token } = await fetchTokens(service)
  const response = await service.request(
    { method: 'DELETE', url: '/me', payload: { currentPassword: PASSWORD }, headers: bearer(access_token) },
    bo,
  )
  t.equal(response.statusCode, 204)
  t.same(setCookies(response), [])
  t.equal((await service.request({ url: '/me' }, bo)).json().user.email, 'bo@example.com')
  t.equal((await service.request({ url: '/me', headers: bearer(access_token) }, new Jar())).statusCode, 401)
})
