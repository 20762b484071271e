import t, { type Test } from 'tap'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, signUp, type TestApp } from '../support/app.ts'
import { matchesWhole } from '../support/lists.ts'
import { ME, proveReceipt, REFRESH, refreshAndLose } from '../support/rotation.ts'
import { claimOf } from '../support/rows.ts'
import { bearer, claimsOf, fetchTokens, HEADER, hmac, jwt } from '../support/tokens.ts'

const recorded = ({ app }: TestApp) => internalsOf(app).store.listEvents(100, { type: 'token-refused' })

/** The service, with all its log lines. */
async function build(t: Test) {
  const lines: string[] = []
  const service = await buildApp(t, { log: (line) => lines.push(line) })
  return { ...service, lines }
}

const from = { remoteAddress: '203.0.113.7' }

t.test('records and logs a forged token without a byte of it', async (t) => {
  const service = await build(t)
  const ada = await signUp(service)
  const claims = claimsOf(ada.get('access') as string)
  const token = jwt(HEADER, claims, hmac('another key'))
  const sent = await service.request({
    ...ME,
    ...from,
    headers: { ...bearer(token), 'user-agent': 'A desk' },
  })
  t.equal(sent.statusCode, 401)
  const expected = {
    userId: null,
    sessionId: null,
    ip: '203.0.113.7',
    userAgent: 'A desk',
    reason: 'TOKEN_INVALID, GET /me',
  }
  const events = await recorded(service)
  matchesWhole(t, events, [expected])
  t.equal(events.length, 1)
  const logged = service.lines.filter((line) => line.includes('token-refused'))
  t.equal(logged.length, 1)
  t.match(JSON.parse(logged[0] as string), { event: 'token-refused', reason: 'TOKEN_INVALID, GET /me' })
  for (const part of token.split('.')) t.notMatch(`${service.lines.join('')}${JSON.stringify(events)}`, part)
})

t.test('records the session of a genuine token that was refused', async (t) => {
  const service = await build(t)
  const ada = await signUp(service)
  const { sid } = claimOf(service, ada)
  const userId = claimsOf(ada.get('access') as string).user_id
  const { access_token } = await fetchTokens(service)
  const before = ada.copy()
  await service.request({ method: 'POST', url: '/auth/logout' }, ada)

  t.equal((await service.request(ME, before.copy().delete('refresh'))).statusCode, 401)
  t.equal((await service.request(REFRESH, before.copy())).statusCode, 401)
  const first = { userId, sessionId: sid, reason: 'SESSION_ENDED revoked, GET /me' }
  // The same refusal of one session is recorded once a minute.
  matchesWhole(t, await recorded(service), [first])

  service.clock.advance(60)
  t.equal((await service.request(REFRESH, before.copy())).statusCode, 401)
  const second = { sessionId: sid, reason: 'SESSION_ENDED revoked, POST /auth/refresh' }
  matchesWhole(t, await recorded(service), [second, first])

  service.clock.advance(60 * 60)
  t.equal((await service.request({ ...ME, headers: bearer(access_token) })).statusCode, 401)
  const third = { userId, sessionId: claimsOf(access_token).sid, reason: 'TOKEN_EXPIRED, GET /me' }
  matchesWhole(t, await recorded(service), [third, second, first])
})

t.test('records each kind of refused refresh token', async (t) => {
  const service = await build(t)
  const ada = await signUp(service)
  const refresh = ada.get('refresh')
  const attempts = [
    [{ ...REFRESH, headers: { cookie: 'refresh=nonsense' } }, 'TOKEN_INVALID, POST /auth/refresh'],
    [
      { ...REFRESH, headers: { cookie: `refresh=${refresh}; refresh=x` } },
      'COOKIE_AMBIGUOUS refresh, POST /auth/refresh',
    ],
    [
      {
        method: 'POST',
        url: '/auth/token',
        payload: { grant_type: 'refresh_token', refresh_token: 'nonsense' },
      },
      'TOKEN_INVALID, POST /auth/token',
    ],
  ] as const
  for (const [request, reason] of attempts) {
    const { statusCode } = await service.request(request)
    t.ok(statusCode === 401 || statusCode === 400)
    t.match((await recorded(service))[0], { reason })
    service.clock.advance(60)
  }
})

t.test('leaves reuse to its own event, and records what comes after it', async (t) => {
  const service = await build(t)
  const ada = await signUp(service)
  const stolen = ada.copy()
  const owner = await refreshAndLose(service, ada)
  await proveReceipt(service, owner)
  service.clock.advance(60)
  t.equal((await service.request(REFRESH, stolen.copy())).statusCode, 401)
  t.same(await recorded(service), [])
  t.equal((await internalsOf(service.app).store.listEvents(100, { type: 'refresh-reused' })).length, 1)
  t.equal((await service.request(REFRESH, stolen.copy())).statusCode, 401)
  matchesWhole(t, await recorded(service), [{ reason: 'SESSION_ENDED revoked, POST /auth/refresh' }])
})

t.test('records nothing where no token was sent, or where it was no token that was refused', async (t) => {
  const service = await build(t)
  const ada = await signUp(service)
  t.equal((await service.request(ME)).statusCode, 401)
  t.equal((await service.request(REFRESH)).statusCode, 401)
  t.equal((await service.request({ url: '/admin/users' }, ada)).statusCode, 403)
  const wrong = { grant_type: 'password', username: 'ada@example.com', password: 'a wrong guess' }
  t.equal((await service.request({ method: 'POST', url: '/auth/token', payload: wrong })).statusCode, 400)
  service.clock.advance(60 * 60)
  t.equal((await service.request(ME, ada)).statusCode, 200, 'refreshed: nothing was refused')
  t.same(await recorded(service), [])
})

t.test('counts an IPv6 address as its /64', async (t) => {
  const service = await build(t)
  for (const remoteAddress of ['2001:db8:0:1::1', '2001:db8:0:1::2', '2001:db8:0:2::1']) {
    await service.request({ ...ME, remoteAddress, headers: { cookie: 'access=x' } })
  }
  t.equal((await recorded(service)).length, 2)
})
