import t from 'tap'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, signUp, type TestApp } from '../support/app.ts'
import type { Jar } from '../support/jar.ts'
import { matchesWhole } from '../support/lists.ts'
import { GRACE, ME, proveReceipt, refreshAndLose } from '../support/rotation.ts'
import { rowOf } from '../support/rows.ts'

const client = { ip: '203.0.113.9', userAgent: 'another browser' }

async function reusable(service: TestApp): Promise<{ older: Jar; newer: Jar }> {
  const older = await signUp(service)
  const newer = await refreshAndLose(service, older)
  await proveReceipt(service, newer)
  service.clock.advance(GRACE)
  return { older, newer }
}

t.test('records a reuse with both clients, both generations and the time since receipt', async (t) => {
  const service = await buildApp(t)
  const { older } = await reusable(service)
  const { id: sessionId, userId } = await rowOf(service, older)
  const request = { arrived: service.clock.now(), client }
  await t.rejects(internalsOf(service.app).sessions.refresh(older.get('refresh') as string, request), {
    code: 'REFRESH_REUSED',
  })
  const rotatedBy = { ip: '127.0.0.1', userAgent: 'lightMyRequest' }
  matchesWhole(t, await internalsOf(service.app).store.listEvents(1), [
    {
      type: 'refresh-reused',
      userId,
      sessionId,
      ...client,
      facts: { presented: 1, current: 2, secondsSinceReceipt: GRACE, rotatedBy },
    },
  ])
})

t.test('answers a client that has gone as late, looks a turn later, and revokes nothing', async (t) => {
  const service = await buildApp(t)
  const { older, newer } = await reusable(service)
  const refreshToken = older.get('refresh') as string
  let hasGone = false
  const isGone = () => hasGone
  const request = { arrived: service.clock.now(), client, isGone }
  const refused = internalsOf(service.app).sessions.refresh(refreshToken, request)
  setImmediate(() => {
    hasGone = true
  })
  await t.rejects(refused, { code: 'REFRESH_LATE' })
  t.equal((await service.request(ME, newer)).statusCode, 200)
  matchesWhole(t, await internalsOf(service.app).store.listEvents(1), [
    { type: 'refresh-late', reason: 'the client has gone', facts: { presented: 1, current: 2 } },
  ])

  hasGone = false
  await t.rejects(internalsOf(service.app).sessions.refresh(refreshToken, request), {
    code: 'REFRESH_REUSED',
  })
})

t.test('records late requests of a session once a minute', async (t) => {
  const service = await buildApp(t)
  const first = await signUp(service)
  const { id: sessionId } = await rowOf(service, first)
  const request = { arrived: service.clock.now(), client }
  service.clock.advance(1)
  await refreshAndLose(service, await refreshAndLose(service, first))
  for (let time = 0; time < 3; time += 1) {
    await t.rejects(internalsOf(service.app).sessions.refresh(first.get('refresh') as string, request), {
      code: 'REFRESH_LATE',
    })
  }
  const told = await internalsOf(service.app).store.listEvents(10, { type: 'refresh-late' })
  t.equal(told.length, 1)
  matchesWhole(t, told, [{ sessionId, ...client, facts: { presented: 1, current: 3 } }])
})
