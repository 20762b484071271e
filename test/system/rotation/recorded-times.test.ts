import BetterSqlite from 'better-sqlite3'
import t from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, signUp } from '../../support/app.ts'
import { movableClock } from '../../support/clock.ts'
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

t.test('an access token proves receipt when its cookie counts as stored, and not before', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  service.clock.advance(ACCESS_TTL)
  await service.request(ME, jar)
  t.equal((await rowOf(service, jar)).confirmedAt, null, 'a rotation proves nothing about its own token')

  service.clock.advance(SETTLE - 0.001)
  await service.request(ME, jar)
  t.equal((await rowOf(service, jar)).confirmedAt, null)

  service.clock.advance(0.001)
  await service.request(ME, jar)
  t.equal((await rowOf(service, jar)).confirmedAt, service.clock.now())
})

t.test('keeps the time of the first proof', async (t) => {
  const environment = { DATABASE_URL: `file:${temporaryDatabase(t)}` }
  const service = await buildApp(t, { environment })
  const jar = await signUp(service)
  await refreshAndLose(service, jar)
  const sibling = jar.copy()
  await service.request(REFRESH, jar)
  service.clock.advance(1)
  await service.request(REFRESH, sibling)
  t.not(sibling.get('access'), jar.get('access'))
  service.clock.advance(SETTLE)
  await service.request(ME, jar)
  const row = await rowOf(service, jar)
  t.equal(row.confirmedAt, service.clock.now())

  service.clock.advance(1)
  await service.request(ME, jar)
  t.strictSame(await rowOf(service, jar), row, 'the same token')
  await service.request(ME, sibling)
  t.strictSame(await rowOf(service, jar), row, 'another token of the generation')
  const neighbour = await buildApp(t, { environment, clock: service.clock })
  await neighbour.request(ME, jar)
  t.strictSame(await rowOf(service, jar), row, 'another process')
})

t.test('a token of an earlier generation proves no receipt of the current one', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  const received = await refreshAndLose(service, jar)
  service.clock.advance(2 * SETTLE)

  t.equal((await service.request(ME, jar)).statusCode, 200, 'it is still good')
  t.match(await rowOf(service, jar), { generation: 2, confirmedAt: null })

  await service.request(ME, received)
  t.match(await rowOf(service, jar), { generation: 2, confirmedAt: service.clock.now() })
})

t.test('a reissued token proves its own receipt, and not that of the lost one', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  await refreshAndLose(service, jar)
  service.clock.advance(10 * SETTLE)
  await service.request(REFRESH, jar)

  service.clock.advance(SETTLE - 0.001)
  await service.request(ME, jar)
  t.equal((await rowOf(service, jar)).confirmedAt, null, 'the browser may not have written it yet')

  service.clock.advance(0.001)
  await service.request(ME, jar)
  t.equal((await rowOf(service, jar)).confirmedAt, service.clock.now())
})

t.test('serves a request whose proof of receipt cannot be written, and writes it at the next', async (t) => {
  const path = temporaryDatabase(t)
  const service = await buildApp(t, { environment: { DATABASE_URL: `file:${path}` } })
  const jar = await signUp(service)
  await service.request(ME, jar)
  service.clock.advance(SETTLE)
  const operator = new BetterSqlite(path)
  t.teardown(() => operator.close())

  operator.exec('ALTER TABLE sessions RENAME TO sessions_away')
  t.equal((await service.request(ME, jar)).statusCode, 200)
  operator.exec('ALTER TABLE sessions_away RENAME TO sessions')
  t.equal((await rowOf(service, jar)).confirmedAt, null)

  service.clock.advance(1)
  t.equal((await service.request(ME, jar)).statusCode, 200)
  t.equal((await rowOf(service, jar)).confirmedAt, service.clock.now())
})

t.test('stores the time of the proof in whole milliseconds, however precise the clock is', async (t) => {
  const coarse = movableClock()
  let ticks = 0
  const clock = {
    ...coarse,
    monotonic() {
      ticks += 0.37
      return coarse.monotonic() + ticks
    },
  }
  const service = await buildApp(t, { clock })
  const jar = await signUp(service)
  clock.advance(SETTLE + 1)
  await service.request(ME, jar)
  const { confirmedAt } = await rowOf(service, jar)
  t.ok(Number.isInteger(confirmedAt), String(confirmedAt))
})

t.test('does not change a session that has ended meanwhile', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  const { id, generation } = await rowOf(service, jar)
  const { store } = internalsOf(service.app)
  await store.endSession(id, 'logout', service.clock.now())
  const ended = await rowOf(service, jar)
  await store.confirmSession(id, generation, service.clock.now())
  t.strictSame(await rowOf(service, jar), ended)
})
