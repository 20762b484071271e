import type { InjectOptions } from 'fastify'
import t, { type Test } from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, PASSWORD, signIn, signUp, type TestApp } from '../../support/app.ts'
import { holdNext } from '../../support/gates.ts'
import type { Jar } from '../../support/jar.ts'
import { matchesWhole } from '../../support/lists.ts'
import {
  ACCESS_TTL,
  clearsCookies,
  GRACE,
  HOUR,
  LOGOUT,
  ME,
  proveReceipt,
  REFRESH,
  refreshAndLose,
  SETTLE,
} from '../../support/rotation.ts'
import { rowOf } from '../../support/rows.ts'

/** Presents the jar's refresh token, and expects the alarm. */
async function isReuse(t: Test, service: TestApp, jar: Jar): Promise<void> {
  const before = await rowOf(service, jar)
  const response = await service.request(ME, jar.copy().delete('access'))

  t.equal(response.statusCode, 401)
  t.match(response.json(), { code: 'REFRESH_REUSED' })
  clearsCookies(t, response)
  const revoked = { revokedAt: service.clock.now(), revokedReason: 'reuse' }
  t.strictSame(await rowOf(service, jar), { ...before, ...revoked }, 'revoked, and nothing else changed')
  const [event] = await internalsOf(service.app).store.listEvents(1)
  t.match(event, { type: 'refresh-reused', userId: before.userId, sessionId: before.id })
}

async function isSignedOut(t: Test, service: TestApp, jar: Jar): Promise<void> {
  const response = await service.request(ME, jar.copy())
  t.match(response.json(), { statusCode: 401, code: 'SESSION_ENDED' })
  clearsCookies(t, response)
}

t.test('9: R(g-1) after confirmation and the window: reuse: revoked, 401', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  const received = await refreshAndLose(service, jar)
  await proveReceipt(service, received)
  service.clock.advance(GRACE)

  await isReuse(t, service, jar)
  await isSignedOut(t, service, received)
  await isSignedOut(t, service, jar)
  const recorded = (await internalsOf(service.app).store.listEvents(100)).filter(
    ({ type }) => type === 'refresh-reused',
  )
  t.equal(recorded.length, 1, 'one alarm, however often the tokens are shown')
})

t.test('10: R(g-2), at any time: reuse', async (t) => {
  for (const [title, seconds] of Object.entries({ 'at once': 0, 'hours later': 7 * HOUR })) {
    t.test(title, async (t) => {
      const service = await buildApp(t)
      const jar = await signUp(service)
      const second = await refreshAndLose(service, jar)
      const third = await refreshAndLose(service, second)
      t.equal((await rowOf(service, jar)).generation, 3)
      service.clock.advance(seconds)

      await isReuse(t, service, jar)
      await isSignedOut(t, service, second)
      await isSignedOut(t, service, third)
    })
  }
})

t.test("11: thief first, owner returns later: revoked at the owner's return", async (t) => {
  t.test('the thief has refreshed once, and used the session', async (t) => {
    const service = await buildApp(t)
    const owner = await signUp(service)
    const thief = owner.copy()
    service.clock.advance(ACCESS_TTL)
    t.equal((await service.request(ME, thief)).statusCode, 200)
    await proveReceipt(service, thief)
    service.clock.advance(HOUR)

    await isReuse(t, service, owner)
    await isSignedOut(t, service, thief)
  })

  t.test('the thief has refreshed again and again', async (t) => {
    const service = await buildApp(t)
    const owner = await signUp(service)
    const thief = owner.copy()
    for (let time = 1; time <= 5; time += 1) {
      service.clock.advance(ACCESS_TTL)
      t.equal((await service.request(ME, thief)).statusCode, 200)
    }

    await isReuse(t, service, owner)
    await isSignedOut(t, service, thief)
  })

  t.test('the owner refreshed first, and the thief comes later', async (t) => {
    const service = await buildApp(t)
    const owner = await signUp(service)
    const thief = owner.copy()
    service.clock.advance(ACCESS_TTL)
    t.equal((await service.request(ME, owner)).statusCode, 200)
    await proveReceipt(service, owner)
    service.clock.advance(GRACE)

    await isReuse(t, service, thief)
    await isSignedOut(t, service, owner)
  })
})

t.test("25: reuse in one session: the user's other sessions live on", async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  const phone = await signIn(service)
  const bob = await signUp(service, 'bob@example.com')
  const second = await refreshAndLose(service, jar)
  await refreshAndLose(service, second)

  await isReuse(t, service, jar)

  for (const other of [phone, bob]) {
    t.equal((await service.request(ME, other)).statusCode, 200, 'by the access token')
    t.equal((await service.request(REFRESH, other)).statusCode, 204, 'by the refresh token')
    t.match(await rowOf(service, other), { generation: 2, revokedAt: null })
  }
  await isSignedOut(t, service, second)
})

const LOGIN = {
  method: 'POST',
  url: '/auth/login',
  payload: { email: 'ada@example.com', password: PASSWORD },
}
const REGISTER = { ...LOGIN, url: '/auth/register', payload: { email: 'bo@example.com', password: PASSWORD } }
const WRONG = { ...LOGIN, payload: { ...LOGIN.payload, password: 'wrong' } }

/** Where a refresh token is shown that is not to be exchanged, and the status of the answer. */
const shown = {
  'signing out': [LOGOUT, 204],
  'signing in': [LOGIN, 200],
  'failing to sign in': [WRONG, 401],
  registering: [REGISTER, 201],
} as const

for (const [title, [options, status]] of Object.entries(shown)) {
  t.test(`detects a reused refresh token at ${title}`, async (t) => {
    const service = await buildApp(t)
    const jar = await signUp(service)
    const received = await refreshAndLose(service, jar)
    await proveReceipt(service, received)
    service.clock.advance(GRACE)

    const thief = jar.copy().delete('access')
    const request = options as InjectOptions
    const forged = thief.copy().set('refresh', `${(thief.get('refresh') as string).slice(0, -4)}AAAA`)
    t.equal((await service.request({ ...WRONG, method: 'POST' }, forged)).statusCode, 401)
    t.equal((await service.request(LOGOUT, forged)).statusCode, 204)
    t.match(await rowOf(service, received), { revokedAt: null }, 'a forged one changes nothing')

    t.equal((await service.request(request, thief.copy())).statusCode, status)
    t.match(await rowOf(service, received), { revokedAt: service.clock.now(), revokedReason: 'reuse' })
    const { id, userId } = await rowOf(service, received)
    const alarms = (await internalsOf(service.app).store.listEvents(100)).filter(
      ({ type }) => type === 'refresh-reused',
    )
    matchesWhole(t, alarms, [{ userId, sessionId: id, ip: '127.0.0.1' }])
    await isSignedOut(t, service, received)
  })

  t.test(`accepts a refresh token whose successor may be unused at ${title}`, async (t) => {
    const service = await buildApp(t)
    const jar = await signUp(service)
    const received = await refreshAndLose(service, jar)
    t.equal((await service.request(options as InjectOptions, jar.copy())).statusCode, status)
    const row = await rowOf(service, received)
    const reasons = { 204: 'logout', 200: 'signed-in-again', 401: null, 201: 'signed-in-again' }
    t.equal(row.revokedReason, reasons[status])
  })
}

t.test(
  'signs out a session whose sign-out was overtaken by a refresh, without recording reuse',
  async (t) => {
    const service = await buildApp(t)
    const jar = await signUp(service)
    const older = jar.copy()
    service.clock.advance(ACCESS_TTL)
    await service.request(ME, jar)
    const held = holdNext(internalsOf(service.app).store, 'findSession', 'before')
    const leaving = service.request(LOGOUT, older.delete('access'))
    await held.reached
    service.clock.advance(SETTLE)
    await service.request(REFRESH, jar)
    held.open()
    t.equal((await leaving).statusCode, 204)
    t.match(await rowOf(service, jar), { revokedReason: 'logout' })
  },
)

t.test('detects reuse over HTTP where the body of the request was read', async (t) => {
  for (const [url, payload, status] of [
    ['/auth/login', { email: 'ada@example.com', password: 'wrong' }, 401],
    ['/auth/token', { grant_type: 'refresh_token' }, 400],
  ] as const) {
    const service = await buildApp(t)
    const jar = await signUp(service)
    const received = await refreshAndLose(service, jar)
    await proveReceipt(service, received)
    service.clock.advance(GRACE)
    const origin = await service.app.listen({ port: 0, host: '127.0.0.1' })
    const old = jar.get('refresh') as string
    const answer = await fetch(origin + url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin, cookie: `refresh=${old}` },
      body: JSON.stringify(url === '/auth/token' ? { ...payload, refresh_token: old } : payload),
    })
    t.equal(answer.status, status)
    t.match(await rowOf(service, received), { revokedReason: 'reuse' }, url)
  }
})

t.test('records no reuse for an old refresh token at a sign-in whose client has gone', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  const received = await refreshAndLose(service, jar)
  await proveReceipt(service, received)
  service.clock.advance(GRACE)
  const client = { ip: '127.0.0.1', userAgent: '' }
  const request = { arrived: service.clock.now(), client, isGone: () => true }
  const shown = internalsOf(service.app).sessions.sessionOf(jar.get('refresh') as string, request)
  const answer = await shown.then(
    (session) => session?.id,
    ({ code }) => code,
  )
  t.equal(answer, (await rowOf(service, received)).id)
  t.match(await rowOf(service, received), { revokedAt: null })
})

t.test('answers 503 to an old refresh token at a sign-out during an outage', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  const received = await refreshAndLose(service, jar)
  await proveReceipt(service, received)
  service.clock.advance(GRACE)
  const held = holdNext(internalsOf(service.app).store, 'findSession', 'after')
  const leaving = service.request(LOGOUT, jar)
  await held.reached
  await internalsOf(service.app).store.close()
  held.open()
  t.match((await leaving).json(), { statusCode: 503, code: 'STORE_UNAVAILABLE' })
})
