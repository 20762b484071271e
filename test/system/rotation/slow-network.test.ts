import t from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, signUp } from '../../support/app.ts'
import { ACCESS_TTL, DAY, GRACE, HOUR, ME, REFRESH, SETTLE } from '../../support/rotation.ts'
import { rowOf } from '../../support/rows.ts'

t.test(
  '31: answer of 63 s overtaken by a newer one: nobody signed out within the documented bound, and the bound is the true one',
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
