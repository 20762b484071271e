import t from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { administrator, change, person } from '../../support/administration.ts'
import { buildApp } from '../../support/app.ts'
import { holdNext, untilRequestsRest } from '../../support/gates.ts'
import { ACCESS_TTL } from '../../support/rotation.ts'

t.test('a request that joins a refresh under way is judged by the latest role', async (t) => {
  const service = await buildApp(t)
  const root = await administrator(service)
  const ada = await person(service, 'ada', 'admin')
  const { jar } = ada
  const users = { url: '/admin/users' }
  t.equal((await service.request(users, jar)).statusCode, 200)
  service.clock.advance(ACCESS_TTL)

  const held = holdNext(internalsOf(service.app).store, 'rotateSession', 'after')
  const early = service.request(users, jar.copy())
  await held.reached
  t.equal((await change(service, root, ada, { role: 'user' })).statusCode, 200)
  const late = service.request(users, jar.copy())
  await untilRequestsRest()
  held.open()

  t.equal((await early).statusCode, 200, 'a request that arrived before the change')
  t.equal((await late).statusCode, 403, 'a request that arrived after it')
})
