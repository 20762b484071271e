import t from 'tap'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, signUp } from '../support/app.ts'
import { forget, rowOf } from '../support/rows.ts'

t.test('knows a recognised caller until the change feed tells of a change', async (t) => {
  const service = await buildApp(t)
  const { sessions, store } = internalsOf(service.app)
  const [ada, bob] = [await signUp(service), await signUp(service, 'bob@example.com')]
  const token = ada.get('access') as string
  // The first use of a generation is recorded, which takes the longer way.
  await sessions.authenticate(token, service.clock.now(), 'cookie')
  const recognition = sessions.recognise(token, service.clock.now(), 'cookie')
  t.ok(recognition)
  t.equal(sessions.stillKnown(recognition), recognition?.principal)
  const { id } = await rowOf(service, bob)
  await store.endSession(id, 'logout', service.clock.now())
  t.equal(sessions.stillKnown(recognition), undefined)
  t.equal(sessions.stillKnown(null), undefined)
})

t.test('finds the session of an access token, remembered or not, and none for another token', async (t) => {
  const service = await buildApp(t)
  const { sessions } = internalsOf(service.app)
  const jar = await signUp(service)
  const [token, { id }] = [jar.get('access') as string, await rowOf(service, jar)]
  t.equal((await sessions.sessionOfAccessToken(token, service.clock.now()))?.id, id)
  await forget(service, jar)
  t.equal((await sessions.sessionOfAccessToken(token, service.clock.now()))?.id, id)
  t.equal(await sessions.sessionOfAccessToken(`${token}x`, service.clock.now()), null)
})
