import t, { type Test } from 'tap'
import type { Account } from '../../../src/store/account.ts'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, signIn, signUp, type TestApp } from '../../support/app.ts'
import { type Jar, setCookies } from '../../support/jar.ts'
import {
  ACCESS_TTL,
  clearsCookies,
  DAY,
  GRACE,
  HOUR,
  jarOf,
  keepsCookies,
  ME,
  proveReceipt,
  REFRESH,
  refreshAndLose,
  SETTLE,
} from '../../support/rotation.ts'
import { rowOf } from '../../support/rows.ts'
import { bearer, claimsOf } from '../../support/tokens.ts'
import { buildUploadApp } from '../../support/uploads.ts'

/** Max-Age of the refresh cookie and of the access cookie, in seconds. */
const maxAges = (response: Parameters<typeof setCookies>[0]): (number | undefined)[] =>
  setCookies(response).map((line) => {
    const seconds = /; Max-Age=([0-9]+)(;|$)/.exec(line)?.[1]
    return seconds === undefined ? undefined : Number(seconds)
  })

const expiryOf = (jar: Jar): number => Number(claimsOf(jar.get('access') as string).exp) * 1_000

async function hasEnded(t: Test, service: TestApp, jar: Jar, reason: string): Promise<void> {
  const response = await service.request(ME, jar.copy())
  t.match(response.json(), { statusCode: 401, code: 'SESSION_ENDED', reason })
  clearsCookies(t, response)
}

t.test('19: idle limit, hard limit, clamped exp and Max-Age: as configured, server-side', async (t) => {
  t.test('a remembered session has persistent cookies and the configured idle limit', async (t) => {
    const service = await buildApp(t, { environment: { SESSION_IDLE_TTL: '3d' } })
    await signUp(service)
    const jar = await signIn(service)
    service.clock.advance(3 * DAY - 0.001)
    const response = await service.request(ME, jar)
    t.equal(response.statusCode, 200)
    t.strictSame(maxAges(response), [3 * DAY, ACCESS_TTL])

    service.clock.advance(3 * DAY)
    await hasEnded(t, service, jar, 'idle')
  })

  t.test('a session without "remember" has cookies that end with the browser, and a day', async (t) => {
    const service = await buildApp(t, { environment: { SESSION_IDLE_TTL: '3d' } })
    await signUp(service)
    const jar = await signIn(service, undefined, { remember: false })
    service.clock.advance(DAY - 0.001)
    const response = await service.request(ME, jar)
    t.equal(response.statusCode, 200)
    t.strictSame(maxAges(response), [undefined, undefined])
    t.notMatch(setCookies(response).join(), /expires=/i)

    service.clock.advance(DAY)
    await hasEnded(t, service, jar, 'idle')
  })

  t.test('only a rotation moves the idle limit', async (t) => {
    const service = await buildApp(t)
    const jar = await signUp(service)
    const limit = async () => (await rowOf(service, jar)).idleExpiresAt
    const first = await limit()
    t.equal(first, service.clock.now() + DAY * 1_000)

    service.clock.advance(60)
    await service.request(ME, jar)
    t.equal(await limit(), first, 'a request with a good access token')
    const newest = await refreshAndLose(service, jar)
    const second = await limit()
    t.equal(second, service.clock.now() + DAY * 1_000, 'a rotation')
    service.clock.advance(60)
    await service.request(REFRESH, jar.copy())
    t.equal(await limit(), second, 'a reissue')
    await service.request(ME, newest)
    t.equal(await limit(), second, 'a proof of receipt')
  })

  t.test('a reissue shortly before the idle limit moves it, once in a generation', async (t) => {
    const service = await buildApp(t)
    const jar = await signUp(service)
    const lost = jar.copy()
    await refreshAndLose(service, jar)
    service.clock.advance(DAY - 2 * ACCESS_TTL)
    await service.request(ME, jar.copy())
    const { idleExpiresAt } = await rowOf(service, jar)
    service.clock.advance(0.001)
    t.equal((await service.request(ME, jar)).statusCode, 200)
    t.equal((await rowOf(service, jar)).idleExpiresAt, idleExpiresAt + (DAY - 2 * ACCESS_TTL) * 1_000 + 1)

    service.clock.advance(2 * ACCESS_TTL)
    t.equal((await service.request(ME, jar)).statusCode, 200, 'the client goes on past the first limit')
    t.equal((await rowOf(service, jar)).generation, 3)

    await refreshAndLose(service, jar)
    for (let time = 0; time < 2; time += 1) {
      service.clock.advance(DAY - 1)
      const answer = await service.request(ME, jar.copy())
      t.equal(answer.statusCode, 200)
    }
    service.clock.advance(1)
    await hasEnded(t, service, jar, 'idle')
    await hasEnded(t, service, lost, 'idle')
  })

  t.test('a refresh while the clock is behind does not move the idle limit back', async (t) => {
    const service = await buildApp(t)
    const jar = await signUp(service)
    service.clock.advance(ACCESS_TTL)
    await service.request(ME, jar)
    const { id, idleExpiresAt, ip, userAgent } = await rowOf(service, jar)
    service.clock.step(-2 * DAY)
    service.clock.advance(ACCESS_TTL)
    t.equal((await service.request(REFRESH, jar)).statusCode, 204)
    const arrived = service.clock.now()
    const early = { rotatedAt: arrived, handedAt: null, idleExpiresAt: arrived + DAY * 1_000 }
    const rotation = { id, from: 2, to: 3, ...early, arrived, ip, userAgent }
    await internalsOf(service.app).store.rotateSession({ ...rotation, settledBy: Number.MAX_SAFE_INTEGER })
    t.match(await rowOf(service, jar), { generation: 3, idleExpiresAt })
    service.clock.step(2 * DAY)
    t.equal((await service.request(ME, jar)).statusCode, 200)
  })

  t.test('tokens and cookies end at the hard limit, whatever happens', async (t) => {
    const service = await buildApp(t, { environment: { SESSION_TTL: '20m' } })
    await signUp(service)
    const jar = await signIn(service)
    const { expiresAt } = await rowOf(service, jar)
    t.equal(expiresAt, service.clock.now() + 20 * 60_000)

    service.clock.advance(ACCESS_TTL)
    const response = await service.request(ME, jar)
    t.strictSame(maxAges(response), [5 * 60, 5 * 60])
    t.equal(expiryOf(jar), expiresAt)
    t.match(await rowOf(service, jar), { expiresAt, idleExpiresAt: expiresAt })

    service.clock.advance(5 * 60 - 1)
    const last = await service.request(REFRESH, jar)
    t.strictSame(maxAges(last), [1, 1])
    t.equal(expiryOf(jar), expiresAt)

    service.clock.advance(1)
    await hasEnded(t, service, jar, 'expired')
    const byBearer = { ...ME, headers: bearer(jar.get('access') as string) }
    t.match((await service.request(byBearer)).json(), { code: 'TOKEN_EXPIRED' })
  })

  t.test('an access token outlives neither limit', async (t) => {
    const service = await buildApp(t, { environment: { SESSION_IDLE_TTL: '961s' } })
    await signUp(service)
    const jar = await signIn(service)
    service.clock.advance(ACCESS_TTL - 1)
    const { accounts } = internalsOf(service.app)
    await accounts.setRole((await accounts.findByEmail('ada@example.com')) as Account, 'admin')
    t.equal((await service.request(ME, jar)).statusCode, 200, 'a new access token without a rotation')
    t.equal(expiryOf(jar), (await rowOf(service, jar)).idleExpiresAt)

    service.clock.advance(961 - ACCESS_TTL)
    t.equal((await service.request(ME, jar)).statusCode, 200)
    service.clock.advance(1)
    await hasEnded(t, service, jar, 'idle')
  })

  t.test('an active session with the shortest idle limit does not end', async (t) => {
    const PAUSE = 19
    const idle = ACCESS_TTL + SETTLE + PAUSE
    const service = await buildApp(t, { environment: { SESSION_IDLE_TTL: `${idle}s` } })
    const jar = await signUp(service)
    for (let seconds = 0; seconds < HOUR; seconds += PAUSE) {
      service.clock.advance(PAUSE)
      // The access cookie gets lost at the end of each settle time: a hold hands out another.
      const settling = service.clock.now() - (await rowOf(service, jar)).rotatedAt
      if (settling > (SETTLE - PAUSE) * 1_000 && settling < SETTLE * 1_000) jar.delete('access')
      const { statusCode } = await service.request(ME, jar)
      if (statusCode !== 200) return t.fail(`${statusCode} after ${seconds} seconds`)
    }
    t.match(await rowOf(service, jar), { revokedAt: null })
  })

  t.test('the previous refresh token outlives neither limit', async (t) => {
    const service = await buildApp(t)
    const jar = await signUp(service)
    await refreshAndLose(service, jar)
    service.clock.advance(DAY)
    await hasEnded(t, service, jar, 'idle')
  })
})

t.test('26: clock steps back a minute: no owner signed out', async (t) => {
  const MINUTE = 60

  async function goesOn(t: Test, service: TestApp, jar: Jar): Promise<void> {
    t.equal((await service.request(ME, jar)).statusCode, 200)
    t.equal((await service.request(REFRESH, jar)).statusCode, 204, 'refreshes')
    service.clock.advance(ACCESS_TTL)
    t.equal((await service.request(ME, jar)).statusCode, 200, 'when the access token has expired')
    service.clock.advance(2 * MINUTE)
    t.equal((await service.request(ME, jar)).statusCode, 200)
    t.equal((await rowOf(service, jar)).revokedAt, null)
  }

  t.test('clock steps back just after the sign-in', async (t) => {
    const service = await buildApp(t)
    const jar = await signUp(service)
    service.clock.step(-MINUTE)
    await goesOn(t, service, jar)
  })

  t.test(
    'clock steps back between a rotation and the retry of a request whose answer was lost',
    async (t) => {
      const service = await buildApp(t)
      const jar = await signUp(service)
      const received = await refreshAndLose(service, jar)
      service.clock.step(-MINUTE)
      t.equal((await service.request(REFRESH, jar)).statusCode, 204)
      t.equal(jar.get('refresh'), received.get('refresh'))
      await goesOn(t, service, jar)
    },
  )

  t.test('clock steps back between two tabs', async (t) => {
    const service = await buildApp(t)
    const first = await signUp(service)
    const second = first.copy()
    service.clock.advance(ACCESS_TTL)
    await service.request(ME, first)
    await proveReceipt(service, first)
    service.clock.step(-MINUTE)
    service.clock.advance(GRACE - 1)
    t.equal((await service.request(REFRESH, second)).statusCode, 204)
    t.equal(second.get('refresh'), first.get('refresh'))
    await goesOn(t, service, first)
  })

  t.test('clock steps back between two rotations', async (t) => {
    const service = await buildApp(t)
    const jar = await signUp(service)
    service.clock.advance(ACCESS_TTL)
    await service.request(REFRESH, jar)
    service.clock.step(-MINUTE)
    await service.request(REFRESH, jar)
    t.equal((await rowOf(service, jar)).generation, 2, 'held until the clock is where it was, and D later')
    service.clock.advance(MINUTE + SETTLE)
    await service.request(REFRESH, jar)
    t.equal((await rowOf(service, jar)).generation, 3)
    await goesOn(t, service, jar)
  })

  t.test('clock steps back during an upload', async (t) => {
    const service = await buildUploadApp(t)
    const jar = await signUp(service)
    service.clock.advance(ACCESS_TTL + MINUTE)
    const upload = await service.upload(jar)

    service.clock.step(-MINUTE)

    const answer = await upload.finish()
    t.equal(answer.statusCode, 200)
    await goesOn(t, service, jarOf(answer))
  })

  t.test('clock steps back during an upload that two rotations overtake', async (t) => {
    const service = await buildUploadApp(t)
    const jar = await signUp(service)
    service.clock.advance(ACCESS_TTL + MINUTE)
    const upload = await service.upload(jar)

    service.clock.step(-MINUTE)
    service.clock.advance(1)
    const second = await refreshAndLose(service, jar)
    const third = await refreshAndLose(service, second)

    const answer = await upload.finish()
    t.equal(answer.statusCode, 200, 'it was authenticated by its head')
    keepsCookies(t, answer)
    await goesOn(t, service, third)
  })

  t.test('an ended session stays ended when the clock steps back', async (t) => {
    const service = await buildApp(t)
    const jar = await signUp(service)
    await service.request({ method: 'POST', url: '/auth/logout' }, jar.copy())
    service.clock.step(-MINUTE)
    t.match((await service.request(ME, jar)).json(), { code: 'SESSION_ENDED' })
  })
})

t.test(
  '32: clock two days back during a refresh, then right; password changed while the clock is ahead: signed in; every other session ended',
  async (t) => {
    const service = await buildApp(t)
    const jar = await signUp(service)
    service.clock.advance(ACCESS_TTL)
    const { idleExpiresAt } = await rowOf(service, jar)
    service.clock.step(-2 * DAY)
    t.equal((await service.request(REFRESH, jar)).statusCode, 204)
    service.clock.step(2 * DAY)
    service.clock.advance(ACCESS_TTL)
    t.equal((await service.request(ME, jar)).statusCode, 200, 'signed in')
    t.ok((await rowOf(service, jar)).idleExpiresAt >= idleExpiresAt)

    const other = await signIn(service, undefined, { remember: false })
    service.clock.step(2 * DAY)
    const asking = await signIn(service)
    const payload = { newPassword: 'another horse, another battery' }
    const changed = await service.request({ method: 'POST', url: '/me/password', payload }, asking)
    t.equal(changed.statusCode, 204)
    service.clock.step(-2 * DAY)
    for (const ended of [jar, other]) {
      t.match((await service.request(ME, ended)).json(), { statusCode: 401, code: 'SESSION_ENDED' })
    }
  },
)

t.test(
  '33: active for the last minutes before the idle limit, on reissues alone: not signed out',
  async (t) => {
    const service = await buildApp(t)
    const jar = await signUp(service)
    await refreshAndLose(service, jar)
    const limit = (await rowOf(service, jar)).idleExpiresAt
    service.clock.advance(DAY - 20 * 60)
    // A browser that is served, and whose answers are lost.
    while (service.clock.now() < limit + HOUR * 1_000) {
      const { statusCode } = await service.request(ME, jar.copy())
      if (statusCode !== 200) t.fail(`signed out ${(service.clock.now() - limit) / 1_000} s after the limit`)
      service.clock.advance(60)
    }
    t.match(await rowOf(service, jar), { generation: 2, revokedAt: null })
  },
)
