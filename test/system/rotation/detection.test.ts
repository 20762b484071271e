import t, { type Test } from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, PASSWORD, signUp, type TestApp } from '../../support/app.ts'
import { holdNext } from '../../support/gates.ts'
import {
  ACCESS_TTL,
  DAY,
  GRACE,
  HOUR,
  keepsCookies,
  LOGOUT,
  ME,
  proveReceipt,
  REFRESH,
  refreshAndLose,
  SETTLE,
} from '../../support/rotation.ts'
import { forget, rowOf } from '../../support/rows.ts'
import { listen, send } from '../../support/socket.ts'

const turn = () => new Promise((resolve) => setTimeout(resolve, 10))

const eventsOf = async ({ app }: TestApp): Promise<string[]> =>
  (await internalsOf(app).store.listEvents(100))
    .map(({ type }) => type)
    .filter((type) => /refresh|session-/.test(type))

/** A thief with a copy of the refresh cookie, whose owner is away. */
async function stolen(t: Test) {
  const service = await buildApp(t)
  const thief = (await signUp(service)).delete('access')
  service.clock.advance(HOUR)
  return { service, thief }
}

t.test(
  '28: a thief with one R(g), the owner away for a day: prefetch header; access tokens never older than D; R(g) again and again: refused or revoked after one fall-back; an event for each step',
  async (t) => {
    t.test('prefetch header: refused each time, and nothing moves', async (t) => {
      const { service, thief } = await stolen(t)
      const row = await rowOf(service, thief)
      for (let hour = 0; hour < 22; hour += 1) {
        service.clock.advance(HOUR)
        const headers = { 'sec-purpose': 'prefetch' }
        const refused = await service.request({ ...ME, headers }, thief)
        if (refused.statusCode !== 401) t.fail(`served after ${hour} hours`)
        keepsCookies(t, refused)
      }
      t.strictSame(await rowOf(service, thief), row)
    })

    t.test('a prefetch header on an unsafe method hides no rotation', async (t) => {
      const { service, thief } = await stolen(t)
      const headers = { 'sec-purpose': 'prefetch' }
      const rename = { method: 'PATCH', url: '/me', payload: { name: 'Eve' }, headers } as const
      t.equal((await service.request(rename, thief.copy())).statusCode, 200)
      t.equal((await rowOf(service, thief)).generation, 2)
    })

    t.test('access tokens never older than D: one fall-back, and then the session ends', async (t) => {
      const { service, thief } = await stolen(t)
      const begin = service.clock.now()
      for (;;) {
        const session = thief.copy()
        const exchanged = await service.request(REFRESH, session)
        if (exchanged.statusCode !== 204) {
          t.match(exchanged.json(), { code: 'REFRESH_REUSED' })
          break
        }
        service.clock.advance(1)
        t.equal((await service.request(ME, session)).statusCode, 200)
        await turn()
        service.clock.advance(SETTLE - 2)
      }
      t.ok(service.clock.now() - begin <= 9 * SETTLE * 1_000, 'within nine settle times')
      t.strictSame(await eventsOf(service), ['refresh-reused', 'session-fell-back'])
      t.match(await rowOf(service, thief), { revokedReason: 'reuse' })
    })

    t.test('the newest token each time: detected when the owner returns', async (t) => {
      const service = await buildApp(t)
      const owner = await signUp(service)
      const thief = owner.copy()
      for (let hour = 0; hour < 22; hour += 1) {
        service.clock.advance(HOUR)
        t.equal((await service.request(ME, thief)).statusCode, 200)
        service.clock.advance(SETTLE)
        t.equal((await service.request(ME, thief)).statusCode, 200)
      }
      t.match((await service.request(ME, owner)).json(), { code: 'REFRESH_REUSED' })
      t.match((await service.request(ME, thief)).json(), { code: 'SESSION_ENDED' })
      t.strictSame(await eventsOf(service), ['refresh-reused'])
    })

    t.test(
      'R(g) again and again, no access token ever shown: one generation, until the idle limit',
      async (t) => {
        const { service, thief } = await stolen(t)
        const ends = (await rowOf(service, thief)).idleExpiresAt + 2 * DAY * 1_000
        for (;;) {
          const { statusCode } = await service.request(ME, thief.copy())
          if (statusCode !== 200) break
          service.clock.advance(ACCESS_TTL)
        }
        t.ok(service.clock.now() <= ends)
        t.match(await rowOf(service, thief), { generation: 2, fallbacks: 0 })
      },
    )
  },
)

t.test(
  "35: forged MAC at logout, login, and in another's flight: nothing changes, nothing is handed out",
  async (t) => {
    const service = await buildApp(t)
    const owner = await signUp(service)
    const genuine = owner.get('refresh') as string
    const forged = () =>
      owner
        .copy()
        .delete('access')
        .set('refresh', genuine.slice(0, -1) + (genuine.endsWith('A') ? 'B' : 'A'))
    service.clock.advance(ACCESS_TTL)
    const row = await rowOf(service, owner)

    t.equal((await service.request(LOGOUT, forged())).statusCode, 204)
    t.strictSame(await rowOf(service, owner), row, 'logout')
    const payload = { email: 'ada@example.com', password: PASSWORD }
    t.equal(
      (await service.request({ method: 'POST', url: '/auth/login', payload }, forged())).statusCode,
      200,
    )
    t.strictSame(await rowOf(service, owner), row, 'login')

    await forget(service, owner)
    const held = holdNext(internalsOf(service.app).store, 'findSession', 'before')
    const flight = service.request(ME, owner)
    await held.reached
    const joining = service.request(ME, forged())
    held.open()
    t.equal((await flight).statusCode, 200)
    const refused = await joining
    t.match(refused.json(), { statusCode: 401, code: 'TOKEN_INVALID' })
    keepsCookies(t, refused)
  },
)

t.test('detects reuse in a request with a body, too', async (t) => {
  const service = await buildApp(t)
  const port = await listen(service)
  const older = await signUp(service)
  await proveReceipt(service, await refreshAndLose(service, older))
  service.clock.advance(GRACE)
  const answer = await send(port, REFRESH, older, '{}')
  t.match(JSON.parse(answer.body), { code: 'REFRESH_REUSED' })
})
