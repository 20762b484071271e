import t from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, signUp } from '../../support/app.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { holdNext, SLOW, slowRoute, untilRequestsRest } from '../../support/gates.ts'
import { setCookies } from '../../support/jar.ts'
import { ACCESS_TTL, jarOf, ME, REFRESH, refreshAndLose, SETTLE } from '../../support/rotation.ts'
import { forget, rowOf } from '../../support/rows.ts'
import { claimsOf } from '../../support/tokens.ts'

const MINUTES = 60

t.test('rotated_at is the time of the rotation, and not of the arrival of its request', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  service.clock.advance(ACCESS_TTL)
  await forget(service, jar)
  const held = holdNext(internalsOf(service.app).store, 'findSession', 'before')
  const refreshing = service.request(ME, jar.copy())
  await held.reached
  service.clock.advance(5 * MINUTES)
  held.open()

  t.equal((await refreshing).statusCode, 200)
  t.match(await rowOf(service, jar), { generation: 2, rotatedAt: service.clock.now() })
})

t.test('the lifetime of an access token starts when its response leaves', async (t) => {
  const slow = slowRoute()
  const service = await buildApp(t, slow)
  const jar = await signUp(service)
  service.clock.advance(ACCESS_TTL)
  const answering = service.request(SLOW, jar)
  await slow.reached
  service.clock.advance(5 * MINUTES)
  slow.open()

  const answer = await answering
  t.equal(answer.statusCode, 200)
  const now = service.clock.now() / 1_000
  t.match(claimsOf(jar.get('access') as string), { iat: now, exp: now + ACCESS_TTL })

  service.clock.advance(SETTLE - 0.001)
  await service.request(ME, jar)
  t.equal((await rowOf(service, jar)).confirmedAt, null, 'so does the time until it proves its receipt')
  service.clock.advance(0.001)
  await service.request(ME, jar)
  t.equal((await rowOf(service, jar)).confirmedAt, service.clock.now())
})

t.test('requests that share a refresh get tokens of the time when each response leaves', async (t) => {
  const slow = slowRoute()
  const service = await buildApp(t, slow)
  const jar = await signUp(service)
  service.clock.advance(ACCESS_TTL)
  const held = holdNext(internalsOf(service.app).store, 'rotateSession', 'after')
  const [first, second] = [service.request(ME, jar.copy()), service.request(SLOW, jar.copy())]
  await held.reached
  await untilRequestsRest()
  held.open()

  const early = jarOf(await first)
  await slow.reached
  service.clock.advance(5 * MINUTES)
  slow.open()
  const late = jarOf(await second)

  t.equal(late.get('refresh'), early.get('refresh'), 'one rotation')
  const now = service.clock.now() / 1_000
  t.match(claimsOf(early.get('access') as string), { iat: now - 5 * MINUTES })
  t.match(claimsOf(late.get('access') as string), { iat: now, exp: now + ACCESS_TTL })
})

t.test('a process that did not issue an access token counts the settle time from its issue', async (t) => {
  const environment = { DATABASE_URL: `file:${temporaryDatabase(t)}` }
  const service = await buildApp(t, { environment })
  const neighbour = await buildApp(t, { environment, clock: service.clock })
  const jar = await signUp(service)
  await refreshAndLose(service, jar)
  service.clock.advance(10 * SETTLE)
  t.equal(setCookies(await service.request(REFRESH, jar)).length, 2, 'handed out again')

  service.clock.advance(SETTLE)
  await neighbour.request(ME, jar)
  t.equal((await rowOf(service, jar)).confirmedAt, null, 'a token tells the second of its issue, and no more')

  service.clock.advance(1)
  await neighbour.request(ME, jar)
  t.equal((await rowOf(service, jar)).confirmedAt, service.clock.now())
})
