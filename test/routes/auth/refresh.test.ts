import t from 'tap'
import { buildApp, signIn, signUp } from '../../support/app.ts'
import { Jar, setCookies } from '../../support/jar.ts'
import { matchesWhole } from '../../support/lists.ts'
import { isRefusal, unproved } from '../../support/refusals.ts'

const refresh = { method: 'POST', url: '/auth/refresh' } as const

t.test('renews both cookies before the access token has expired', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const browser = await signIn(service)
  const before = browser.copy()
  service.clock.advance(60)
  const response = await service.request(refresh, browser)
  t.equal(response.statusCode, 204)
  t.equal(response.body, '')
  matchesWhole(t, setCookies(response), [/^refresh=tacit_rt_/, /^access=/])
  t.equal(response.headers['cache-control'], 'private, no-store')
  t.not(browser.get('refresh'), before.get('refresh'))
  t.not(browser.get('access'), before.get('access'))
  t.equal((await service.request({ url: '/me' }, browser)).statusCode, 200)
})

t.test('renews the access cookie alone while the refresh token has not settled', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  for (const seconds of [0, 1, 58.999]) {
    service.clock.advance(seconds)
    const before = browser.copy()
    const held = await service.request(refresh, browser)
    t.equal(held.statusCode, 204)
    t.match(setCookies(held), [/^access=/])
    t.equal(setCookies(held).length, 1)
    t.equal(browser.get('refresh'), before.get('refresh'))
    t.not(browser.get('access'), before.get('access'))
  }
  const before = browser.copy()
  service.clock.advance(0.001)
  t.equal((await service.request(refresh, browser)).statusCode, 204)
  t.not(browser.get('refresh'), before.get('refresh'))
})

t.test('refuses a request without a refresh cookie', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  isRefusal(t, await service.request(refresh, new Jar()), unproved('TOKEN_MISSING'))
  isRefusal(t, await service.request(refresh, browser.delete('refresh')), unproved('TOKEN_MISSING'))
})

t.test('refuses a foreign refresh token, and keeps the cookies', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const token = browser.get('refresh') as string
  const forged = token.slice(0, -4) + (token.endsWith('AAAA') ? 'BBBB' : 'AAAA')
  for (const value of ['nonsense', forged, browser.get('access') as string]) {
    const response = await service.request(refresh, new Jar().set('refresh', value))
    isRefusal(t, response, unproved('TOKEN_INVALID'))
    t.same(setCookies(response), [])
  }
})

t.test('refuses an ended session, and clears the cookies', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const before = browser.copy()
  await service.request({ method: 'POST', url: '/auth/logout' }, browser)
  const response = await service.request(refresh, before)
  isRefusal(t, response, unproved('SESSION_ENDED', 'revoked'))
  t.same([...before.cookies.keys()], ['device'])
})

t.test('ends the session for a refresh token that was used long after its successor arrived', async (t) => {
  const service = await buildApp(t)
  const owner = await signUp(service)
  const thief = owner.copy()
  service.clock.advance(60)
  await service.request(refresh, owner)
  service.clock.advance(120)
  await service.request({ url: '/me' }, owner)
  service.clock.advance(120)
  const response = await service.request(refresh, thief)
  isRefusal(t, response, unproved('REFRESH_REUSED'))
  t.same([...thief.cookies.keys()], ['device'])
  isRefusal(t, await service.request(refresh, owner), unproved('SESSION_ENDED', 'revoked'))
})
