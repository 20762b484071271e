import t from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, signUp } from '../../support/app.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { readOnly, withDriver } from '../../support/database-faults.ts'
import { matchesWhole } from '../../support/lists.ts'
import { ME, proveReceipt, REFRESH, refreshAndLose, SETTLE } from '../../support/rotation.ts'
import { forget, rowOf } from '../../support/rows.ts'
import { bearer, fetchTokens } from '../../support/tokens.ts'

/** Waits for writes that no request waits for. */
const turn = () => new Promise((resolve) => setTimeout(resolve, 10))

t.test('accepts R(g-1) once after g was used for D, and records it; the next is reuse', async (t) => {
  const service = await buildApp(t)
  const older = await signUp(service)
  const newer = await refreshAndLose(service, older)
  await service.request(ME, newer)
  await turn()
  t.equal((await rowOf(service, older)).usedAt, service.clock.now())

  service.clock.advance(SETTLE)
  const first = older.copy()
  t.equal((await service.request(REFRESH, first)).statusCode, 204)
  t.equal(first.get('refresh'), newer.get('refresh'), 'the same token again')
  const row = await rowOf(service, older)
  t.match(row, { generation: 2, fallbacks: 1, usedAt: null, handedAt: service.clock.now() })
  const { id: sessionId, userId } = row
  matchesWhole(t, await internalsOf(service.app).store.listEvents(1), [
    { type: 'session-fell-back', userId, sessionId, facts: { presented: 1, current: 2 } },
  ])

  t.equal((await service.request(REFRESH, older.copy())).statusCode, 204, 'good again until g is used')
  await service.request(ME, first)
  await turn()
  t.equal((await rowOf(service, older)).usedAt, service.clock.now())

  service.clock.advance(SETTLE)
  t.match((await service.request(REFRESH, older)).json(), { code: 'REFRESH_REUSED' })
  matchesWhole(t, await internalsOf(service.app).store.listEvents(1), [
    {
      type: 'refresh-reused',
      facts: {
        presented: 1,
        current: 2,
        secondsSinceReceipt: null,
        rotatedBy: { ip: '127.0.0.1', userAgent: 'lightMyRequest' },
      },
    },
  ])
})

t.test('counts ten requests at once as one fall-back', async (t) => {
  const service = await buildApp(t)
  const older = await signUp(service)
  await service.request(ME, await refreshAndLose(service, older))
  await turn()
  service.clock.advance(SETTLE)
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => service.request(REFRESH, older.copy().set('n', String(Math.random())))),
  )
  t.strictSame(
    answers.map(({ statusCode }) => statusCode),
    Array(10).fill(204),
  )
  t.equal((await internalsOf(service.app).store.listEvents(10, { type: 'session-fell-back' })).length, 1)
})

t.test('a rotation resets the count of fall-backs', async (t) => {
  const service = await buildApp(t)
  const older = await signUp(service)
  const newer = await refreshAndLose(service, older)
  await service.request(ME, newer)
  await turn()
  service.clock.advance(SETTLE)
  await service.request(REFRESH, older)
  await refreshAndLose(service, newer)
  t.match(await rowOf(service, older), {
    generation: 3,
    fallbacks: 0,
    usedAt: null,
    handedAt: null,
    confirmedAt: null,
  })
})

t.test(
  'a bearer token proves no receipt in a session by cookies, and proves it in a session by tokens',
  async (t) => {
    const service = await buildApp(t)
    const jar = await signUp(service)
    const upstream = { ...ME, headers: bearer(jar.get('access') as string) }
    t.equal((await service.request(upstream)).statusCode, 200)
    service.clock.advance(SETTLE)
    t.equal((await service.request(upstream)).statusCode, 200)
    await forget(service, jar)
    t.equal((await service.request(upstream)).statusCode, 200)
    await turn()
    t.match(await rowOf(service, jar), { isByCookie: true, usedAt: null, confirmedAt: null })
    await proveReceipt(service, jar)

    const { access_token } = await fetchTokens(service)
    const tool = { ...ME, headers: bearer(access_token) }
    const { store } = internalsOf(service.app)
    const find = async () =>
      (await store.listSessions((await rowOf(service, jar)).userId, service.clock.now())).find(
        (row) => !row.isByCookie,
      )
    await service.request(tool)
    await turn()
    t.match(await find(), { usedAt: service.clock.now(), confirmedAt: null })
    service.clock.advance(SETTLE)
    await service.request(tool)
    t.match(await find(), { confirmedAt: service.clock.now() })
  },
)

t.test('serves a request while its first use cannot be written, and writes it later', async (t) => {
  const environment = { DATABASE_URL: `file:${temporaryDatabase(t)}` }
  const [service, driver] = await withDriver(() => buildApp(t, { environment }))
  const jar = await signUp(service)
  const fault = readOnly(driver)
  fault.begin()
  t.equal((await service.request(ME, jar)).statusCode, 200)
  await turn()
  fault.end()
  t.equal((await service.request(ME, jar)).statusCode, 200)
  await turn()
  t.equal((await rowOf(service, jar)).usedAt, null, 'not asked again at once')

  service.clock.advance(1)
  t.equal((await service.request(ME, jar)).statusCode, 200)
  await turn()
  t.equal((await rowOf(service, jar)).usedAt, service.clock.now())
})
