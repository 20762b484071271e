import t from 'tap'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, signUp } from '../support/app.ts'
import { LOGOUT, refreshAndLose, SETTLE } from '../support/rotation.ts'
import { rowOf } from '../support/rows.ts'

const client = { ip: '127.0.0.1', userAgent: '' }

t.test('who shows the current generation gets the next one', async (t) => {
  const service = await buildApp(t)
  const { id: sid } = await rowOf(service, await signUp(service))
  service.clock.advance(SETTLE)
  const { principal } = await internalsOf(service.app).sessions.renew({ sid, generation: 1 }, client)
  t.match(principal, { sid, generation: 2 })
})

t.test('who was overtaken gets the current one, and nothing is revoked', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  const { id: sid } = await rowOf(service, jar)
  const third = await refreshAndLose(service, await refreshAndLose(service, jar))
  const newest = third.get('refresh')
  for (const generation of [1, 2]) {
    const grant = await internalsOf(service.app).sessions.renew({ sid, generation }, client)
    t.equal(grant.tokens().refreshToken, newest)
  }
  t.match(await rowOf(service, jar), { generation: 3, revokedAt: null })
})

t.test('a session that has ended meanwhile, or is gone, is not renewed', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  const { id: sid } = await rowOf(service, jar)
  await service.request(LOGOUT, jar)
  await t.rejects(internalsOf(service.app).sessions.renew({ sid, generation: 1 }, client), {
    code: 'SESSION_ENDED',
  })
  const unknown = { sid: 'A'.repeat(22), generation: 1 }
  await t.rejects(internalsOf(service.app).sessions.renew(unknown, client), {
    code: 'SESSION_ENDED',
    reason: 'unknown',
  })
})
