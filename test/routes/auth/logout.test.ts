import t from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, signUp } from '../../support/app.ts'
import { Jar, setCookies } from '../../support/jar.ts'
import { isRefusal, unproved } from '../../support/refusals.ts'
import { forget } from '../../support/rows.ts'
import { hearStatements } from '../../support/statements.ts'
import { bearer, claimsOf, fetchTokens, HEADER, jwt } from '../../support/tokens.ts'

const logout = { method: 'POST', url: '/auth/logout' } as const
const CLEARED = [
  'refresh=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax',
  'access=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax',
]

t.test('ends the session at the very next request, and clears the cookies', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const before = browser.copy()
  await service.request({ url: '/me' }, browser)

  const response = await service.request(logout, browser)
  t.equal(response.statusCode, 204)
  t.equal(response.body, '')
  t.strictSame(setCookies(response), CLEARED)
  t.equal(response.headers['cache-control'], 'private, no-store')

  isRefusal(t, await service.request({ url: '/me' }, before), unproved('SESSION_ENDED', 'revoked'))
  isRefusal(t, await service.request({ url: '/me' }, browser), unproved('TOKEN_MISSING'))
})

t.test('signs out by either cookie, and by an expired access token', async (t) => {
  const service = await buildApp(t)
  for (const lost of ['access', 'refresh']) {
    const browser = await signUp(service, `${lost}@example.com`)
    const half = browser.copy().delete(lost)
    t.equal((await service.request(logout, half)).statusCode, 204)
    t.equal((await service.request({ url: '/me' }, browser)).json().code, 'SESSION_ENDED', lost)
  }
  const late = await signUp(service)
  service.clock.advance(60 * 60)
  t.equal((await service.request(logout, late.copy())).statusCode, 204)
  t.equal((await service.request({ url: '/me' }, late)).json().code, 'SESSION_ENDED')
})

t.test('signs out by a refresh token of any generation', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const old = browser.copy()
  service.clock.advance(60 * 60)
  await service.request({ url: '/me' }, browser)
  await service.request(logout, old)
  t.equal((await service.request({ url: '/me' }, browser)).json().code, 'SESSION_ENDED')
})

t.test('answers 204 also when there is no session to end', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const before = browser.copy()
  await service.request(logout, browser)
  const again: readonly Jar[] = [new Jar(), before, new Jar().set('refresh', 'x').set('access', 'y')]
  for (const jar of again) {
    const response = await service.request(logout, jar.copy())
    t.equal(response.statusCode, 204)
    t.strictSame(setCookies(response), CLEARED)
  }
  const types = (await internalsOf(service.app).store.listEvents(10)).map(({ type }) => type)
  t.equal(types.filter((type) => type === 'signed-out').length, 1, 'a session ends once')
})

t.test('a bearer token ends its own session and leaves the cookies alone', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const { access_token } = await fetchTokens(service)
  const response = await service.request({ ...logout, headers: bearer(access_token) }, browser)
  t.equal(response.statusCode, 204)
  t.same(setCookies(response), [])
  t.equal((await service.request({ url: '/me', headers: bearer(access_token) })).json().code, 'SESSION_ENDED')
  t.equal((await service.request({ url: '/me' }, browser)).statusCode, 200)
})

t.test('an invalid bearer token ends nothing, readable or not', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  for (const authorization of ['Bearer a.b.c', 'Bearer', 'Bearer two words', 'bearer "quoted"']) {
    const response = await service.request({ ...logout, headers: { authorization } }, browser)
    t.equal(response.statusCode, 204, authorization)
    t.same(setCookies(response), [], 'cookies beside it are left alone')
  }
  t.equal((await service.request({ url: '/me' }, browser)).statusCode, 200)
})

t.test('ends the sessions of both cookies of one name', async (t) => {
  const service = await buildApp(t)
  for (const name of ['refresh', 'access']) {
    const [one, other] = [
      await signUp(service, `${name}1@example.com`),
      await signUp(service, `${name}2@example.com`),
    ]
    const cookie = `${name}=; ${name}=${one.get(name)}; ${name}=${other.get(name)}; ${name}=nonsense`
    const response = await service.request({ ...logout, headers: { cookie } })
    t.equal(response.statusCode, 204)
    t.strictSame(setCookies(response), CLEARED)
    for (const jar of [one, other]) {
      isRefusal(t, await service.request({ url: '/me' }, jar), unproved('SESSION_ENDED', 'revoked'))
    }
  }
})

t.test('looks at the first four cookies of a name that can be tokens', async (t) => {
  const { during } = hearStatements(t)
  const service = await buildApp(t)
  const browser = await signUp(service)
  const many = (name: string, value: (n: number) => string, count: number) =>
    Array.from({ length: count }, (_, n) => `${name}=${value(n)}`)
  const token = browser.get('refresh') as string
  const refresh = (n: number) => `${token.slice(0, 12)}${String(n).padStart(4, '0')}${token.slice(16)}`
  const access = (n: number) => jwt(HEADER, { ...claimsOf(browser.get('access') as string), sid: String(n) })
  const signOut = (cookies: readonly string[]) =>
    during(async () => {
      const headers = { cookie: cookies.join('; ') }
      t.equal((await service.request({ ...logout, headers })).statusCode, 204)
    })
  const selects = (statements: readonly string[]) =>
    statements.filter((statement) => /^select/i.test(statement)).length

  t.equal(selects(await signOut(many('access', () => 'x', 1_700))), 0)
  t.equal(selects(await signOut(many('refresh', refresh, 150))), 4)
  t.equal(selects(await signOut(many('access', access, 40))), 4)
  t.equal((await service.request({ url: '/me' }, browser)).statusCode, 200)

  await forget(service, browser)
  const planted = [...many('refresh', () => 'x', 1_000), ...many('refresh', refresh, 3)]
  await signOut([...planted, `refresh=${token}`])
  isRefusal(t, await service.request({ url: '/me' }, browser), unproved('SESSION_ENDED', 'revoked'))

  const other = await signUp(service, 'bo@example.com')
  await signOut([...many('refresh', refresh, 100), `refresh=${other.get('refresh')}`])
  const ended = await service.request({ url: '/me' }, other)
  isRefusal(t, ended, unproved('SESSION_ENDED', 'revoked'), 'a remembered token comes first')
})

t.test('answers 503 to a sign-out while the database fails', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  await internalsOf(service.app).store.close()
  for (const jar of [browser.copy(), browser.copy().delete('refresh')]) {
    const response = await service.request(logout, jar)
    isRefusal(t, response, {
      status: 503,
      code: 'STORE_UNAVAILABLE',
      message: 'The service cannot reach its data, try again in a moment',
    })
    t.equal(response.headers['retry-after'], '1')
    t.same(setCookies(response), [])
  }
})

t.test('accepts a content type without a body', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const headers = { 'content-type': 'application/json' }
  t.equal((await service.request({ ...logout, headers }, browser.copy())).statusCode, 204)
  isRefusal(t, await service.request({ url: '/me' }, browser), unproved('SESSION_ENDED', 'revoked'))
})
