import t from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, PASSWORD, signIn, signUp } from '../../support/app.ts'
import { setCookies } from '../../support/jar.ts'
import { matchesWhole } from '../../support/lists.ts'
import { isRefusal, unproved } from '../../support/refusals.ts'
import { bearer, claimsOf, fetchTokens } from '../../support/tokens.ts'

const NEXT = 'a quite different set of words'
const change = (currentPassword: string, newPassword: string) =>
  ({ method: 'POST', url: '/me/password', payload: { currentPassword, newPassword } }) as const

t.test('keeps the browser signed in with a new session, and ends the others', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const before = browser.copy()
  const phone = await signIn(service)
  const tool = await fetchTokens(service)
  service.clock.advance(60)

  const response = await service.request(change(PASSWORD, NEXT), browser)
  t.equal(response.statusCode, 204)
  t.equal(response.body, '')
  t.strictSame(
    setCookies(response).map((line) => line.split('=')[0]),
    ['refresh', 'access'],
    'no device cookie: a browser gets one at sign-in',
  )
  t.equal(response.headers['cache-control'], 'private, no-store')
  t.not(browser.get('refresh'), before.get('refresh'))

  t.equal((await service.request({ url: '/me' }, browser)).statusCode, 200)
  isRefusal(t, await service.request({ url: '/me' }, phone), unproved('SESSION_ENDED', 'revoked'))
  isRefusal(
    t,
    await service.request({ url: '/me', headers: bearer(tool.access_token) }),
    unproved('SESSION_ENDED', 'revoked'),
  )
})

t.test(
  'ends a session that is past its limit by a clock that is ahead, and records no end of it',
  async (t) => {
    const service = await buildApp(t)
    await signUp(service)
    const phone = await signIn(service, undefined, { remember: false })
    const remembered = await signIn(service)
    service.clock.step(2 * 86_400)
    const changed = await service.request(change(PASSWORD, NEXT), remembered)
    t.equal(changed.statusCode, 204)
    const revoked = await internalsOf(service.app).store.listEvents(10, { type: 'session-revoked' })
    t.strictSame(
      revoked.map(({ reason }) => reason),
      ['replaced'],
      'only of the session that asked',
    )
    service.clock.step(-2 * 86_400)
    isRefusal(t, await service.request({ url: '/me' }, phone), unproved('SESSION_ENDED', 'replaced'))
  },
)

t.test('the new password signs in, and the old one does not', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  await service.request(change(PASSWORD, NEXT), browser)
  await t.rejects(signIn(service), /LOGIN_FAILED/)
  await signIn(service, 'ada@example.com', { password: NEXT })
})

t.test('refreshes an expired access token first, and starts a new session all the same', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const before = browser.copy()
  service.clock.advance(1_000)
  t.equal((await service.request(change(PASSWORD, NEXT), browser)).statusCode, 204)
  t.match(claimsOf(browser.get('access') as string), { gen: 1 })
  t.not(claimsOf(browser.get('access') as string).sid, claimsOf(before.get('access') as string).sid)
  t.not(browser.get('refresh'), before.get('refresh'))
  t.equal((await service.request({ url: '/me' }, browser)).statusCode, 200)
})

t.test('sets no cookie for a bearer token, which stays valid', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const { access_token } = await fetchTokens(service)
  const response = await service.request(
    { ...change(PASSWORD, NEXT), headers: bearer(access_token) },
    browser,
  )
  t.equal(response.statusCode, 204)
  t.same(setCookies(response), [])
  t.equal((await service.request({ url: '/me', headers: bearer(access_token) })).statusCode, 200)
  t.equal((await service.request({ url: '/me' }, browser)).json().code, 'SESSION_ENDED')
})

t.test('a proof by the previous password is no longer accepted', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const { access_token } = await fetchTokens(service)
  const headers = bearer(access_token)
  t.equal((await service.request({ url: '/me', headers })).statusCode, 200, 'the service knows the token')
  t.equal((await service.request({ ...change(PASSWORD, NEXT), headers })).statusCode, 204)

  const third = 'yet another set of words'
  const refused = await service.request({ ...change(PASSWORD, third), headers })
  t.equal(refused.statusCode, 403)
  t.match(refused.json(), { code: 'PASSWORD_INCORRECT' })
  t.equal((await service.request({ ...change(NEXT, third), headers })).statusCode, 204)
})

t.test('refuses the same password', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const phone = await signIn(service)
  const refused = await service.request(change(PASSWORD, PASSWORD), browser)
  t.equal(refused.statusCode, 422)
  t.match(refused.json(), { code: 'PASSWORD_REJECTED', reason: 'unchanged' })
  t.equal((await service.request({ url: '/me' }, phone)).statusCode, 200, 'no session has ended')
})

t.test('refuses a wrong current password, and counts it as a failed sign-in of this session', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const phone = await signIn(service)
  const incorrect = {
    status: 403,
    code: 'PASSWORD_INCORRECT',
    message: 'The current password is not correct',
  }
  // Ten in the browser's own count, and ten in the common count.
  for (let failures = 1; failures <= 20; failures++) {
    isRefusal(t, await service.request(change('wrong', NEXT), browser), incorrect)
  }
  isRefusal(t, await service.request(change(PASSWORD, NEXT), browser), incorrect, 'paused')
  const [paused, failed] = await internalsOf(service.app).store.listEvents(2)
  matchesWhole(t, [paused, failed], [{ type: 'sign-in-paused' }, { type: 'sign-in-failed' }])
  service.clock.advance(1)
  t.equal((await service.request(change(PASSWORD, NEXT), browser)).statusCode, 204)
  t.equal((await service.request({ url: '/me' }, phone)).statusCode, 401)
})

t.test('changes nothing for a bad new password', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const phone = await signIn(service)
  isRefusal(t, await service.request(change(PASSWORD, 'short'), browser), {
    status: 422,
    code: 'PASSWORD_REJECTED',
    message: 'Use at least 15 characters; this has 5.',
    reason: 'too-short',
  })
  t.equal((await service.request({ url: '/me' }, phone)).statusCode, 200)
  await signIn(service)
})
