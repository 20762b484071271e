import t from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, PASSWORD, signIn, signUp, type TestApp } from '../../support/app.ts'
import {
  ACCESS_TTL,
  DAY,
  GRACE,
  HOUR,
  keepsCookies,
  ME,
  proveReceipt,
  REFRESH,
  refreshAndLose,
  SETTLE,
} from '../../support/rotation.ts'
import { rowOf } from '../../support/rows.ts'

t.test('5: response lost, retry at once: reissue', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  service.clock.advance(ACCESS_TTL)
  const received = await refreshAndLose(service, jar)
  const row = await rowOf(service, jar)

  t.equal((await service.request(ME, jar)).statusCode, 200)

  t.equal(jar.get('refresh'), received.get('refresh'))
  const handedAt = service.clock.now()
  t.strictSame(await rowOf(service, jar), { ...row, handedAt }, 'nothing else is written')
  t.equal((await service.request(ME, jar)).headers['set-cookie'], undefined, 'the access token is good')
})

t.test('6: response lost, retry hours later: reissue', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  service.clock.advance(ACCESS_TTL)
  const received = await refreshAndLose(service, jar)
  const row = await rowOf(service, jar)
  service.clock.advance(7 * HOUR)

  t.equal((await service.request(ME, jar)).statusCode, 200)

  t.equal(jar.get('refresh'), received.get('refresh'))
  t.not(jar.get('access'), received.get('access'), 'the access token is fresh')
  const handedAt = service.clock.now()
  t.strictSame(await rowOf(service, jar), { ...row, handedAt }, 'nothing else is written')
  t.equal((await service.request(ME, jar)).headers['set-cookie'], undefined, 'the access token is good')
})

t.test('8: R(g-1) ten times while unconfirmed: the same R(g) ten times, only handed_at moves', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  const received = await refreshAndLose(service, jar)
  const row = await rowOf(service, jar)

  for (let time = 1; time <= 10; time += 1) {
    service.clock.advance(HOUR)
    const again = jar.copy()
    t.equal((await service.request(REFRESH, again)).statusCode, 204)
    t.equal(again.get('refresh'), received.get('refresh'))
    t.strictSame(await rowOf(service, jar), { ...row, handedAt: service.clock.now() })
  }
})

t.test('12: reissues within the window: do not slide it', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  const received = await refreshAndLose(service, jar)
  await proveReceipt(service, received)
  const row = await rowOf(service, jar)

  for (const secondsLater of [0, GRACE - 1, 0.999]) {
    service.clock.advance(secondsLater)
    const again = jar.copy()
    t.equal((await service.request(REFRESH, again)).statusCode, 204)
    t.equal(again.get('refresh'), received.get('refresh'))
    t.strictSame(await rowOf(service, jar), { ...row, handedAt: service.clock.now() })
  }

  service.clock.advance(0.001)
  const response = await service.request(REFRESH, jar.copy())
  t.match(response, { statusCode: 401 })
  t.match(response.json(), { code: 'REFRESH_REUSED' })
})

t.test('the owner signs in again after a lost answer to a change of password', async (t) => {
  const NEXT = 'another horse, another battery'
  const ages = {
    'the access token is good': async ({ clock }: TestApp) => clock.advance(SETTLE),
    'the access token has expired': async ({ clock }: TestApp) => clock.advance(ACCESS_TTL),
    'the answer before it was lost, too': refreshAndLose,
  }
  for (const [title, prepare] of Object.entries(ages)) {
    t.test(title, async (t) => {
      const service = await buildApp(t)
      const jar = await signUp(service)
      await prepare(service, jar)
      const payload = { currentPassword: PASSWORD, newPassword: NEXT }
      const received = jar.copy()
      const changed = await service.request({ method: 'POST', url: '/me/password', payload }, received)
      t.equal(changed.statusCode, 204)
      t.match(await rowOf(service, received), { generation: 1, revokedAt: null })

      service.clock.advance(GRACE)
      const refused = await service.request(ME, jar)
      t.match(refused.json(), { statusCode: 401, code: 'SESSION_ENDED', reason: 'replaced' })
      keepsCookies(t, refused)
      await signIn(service, undefined, { jar, password: NEXT })
      t.equal((await service.request(ME, jar)).statusCode, 200)
    })
  }
})

t.test(
  '31: answer of 63 s overtaken by a newer one: no owner signed out within the documented bound, and the bound is the true one',
  async (t) => {
    /** A browser that gets an answer so late, when another one has brought newer cookies. */
    async function overtaken(afterSeconds: number) {
      const service = await buildApp(t)
      const jar = await signUp(service)
      service.clock.advance(ACCESS_TTL)
      const slow = jar.copy()
      await service.request(ME, slow)
      await service.request(ME, jar)
      // As soon as the service rotates again, which is D later.
      service.clock.advance(SETTLE)
      t.equal((await service.request(REFRESH, jar)).statusCode, 204)
      t.equal((await rowOf(service, jar)).generation, 3)
      service.clock.advance(afterSeconds - SETTLE)
      await service.request(ME, jar)
      for (const name of ['refresh', 'access']) jar.set(name, slow.get(name) as string)
      return { service, jar }
    }

    for (const seconds of [63, 2 * SETTLE - 1]) {
      const { service, jar } = await overtaken(seconds)
      for (let hour = 0; hour < 3; hour += 1) {
        t.equal((await service.request(ME, jar)).statusCode, 200, `${seconds} s, ${hour} hours later`)
        service.clock.advance(HOUR)
      }
      t.equal((await rowOf(service, jar)).revokedAt, null)
    }

    const { service, jar } = await overtaken(2 * SETTLE)
    service.clock.advance(ACCESS_TTL + GRACE)
    t.match((await service.request(ME, jar)).json(), { code: 'REFRESH_REUSED' }, 'twice the settle time')
  },
)

t.test(
  '36: a proxy that drops every Set-Cookie, for a day: signed in; idle limit and event as documented',
  async (t) => {
    const service = await buildApp(t)
    const jar = await signUp(service)
    const served = async () => (await service.request(ME, jar.copy())).statusCode === 200
    for (let minutes = 0; minutes < 24 * 60; minutes += 10) {
      service.clock.advance(600)
      if (!(await served())) t.fail(`signed out after ${minutes} minutes`)
    }
    const row = await rowOf(service, jar)
    t.match(row, { generation: 2, revokedAt: null, fallbacks: 0 })
    t.strictSame(await internalsOf(service.app).store.listEvents(10, { type: 'session-fell-back' }), [])

    service.clock.advance(DAY)
    t.match((await service.request(ME, jar)).json(), { code: 'SESSION_ENDED', reason: 'idle' })
  },
)
