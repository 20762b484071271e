import t, { type Test } from 'tap'
import { buildApp, signIn, signUp, type TestApp } from '../support/app.ts'
import type { Jar } from '../support/jar.ts'
import {
  ACCESS_TTL,
  clearsCookies,
  GRACE,
  HOUR,
  ME,
  proveReceipt,
  REFRESH,
  refreshAndLose,
} from '../support/rotation.ts'
import { rowOf } from '../support/rows.ts'

/** Presents the jar's refresh token, and expects the alarm. */
async function isReuse(t: Test, service: TestApp, jar: Jar): Promise<void> {
  const before = await rowOf(service, jar)
  const response = await service.request(ME, jar.copy().delete('access'))

  t.equal(response.statusCode, 401)
  t.match(response.json(), { code: 'REFRESH_REUSED' })
  clearsCookies(t, response)
  const revoked = { revokedAt: service.clock.now(), revokedReason: 'reuse' }
  t.strictSame(await rowOf(service, jar), { ...before, ...revoked }, 'revoked, and nothing else changed')
  const [event] = await service.app.store.listEvents(1)
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
  const recorded = (await service.app.store.listEvents(100)).filter(({ type }) => type === 'refresh-reused')
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
