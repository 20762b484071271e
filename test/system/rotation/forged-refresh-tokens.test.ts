import t from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, signUp } from '../../support/app.ts'
import { holdNext, untilRequestsRest } from '../../support/gates.ts'
import { Jar } from '../../support/jar.ts'
import { ACCESS_TTL, keepsCookies, LOGOUT, ME } from '../../support/rotation.ts'
import { rowOf } from '../../support/rows.ts'
import { withForgedMac } from '../../support/tokens.ts'

t.test('a token with a forged MAC does not join the refresh of the genuine token', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  service.clock.advance(ACCESS_TTL)
  const held = holdNext(internalsOf(service.app).store, 'rotateSession', 'after')
  const genuine = service.request(ME, jar.copy())
  await held.reached

  const forged = service.request(ME, jar.copy().set('refresh', withForgedMac(jar.get('refresh'))))
  await untilRequestsRest()
  held.open()

  const refused = await forged
  t.match(refused.json(), { statusCode: 401, code: 'TOKEN_INVALID' })
  keepsCookies(t, refused)
  t.equal((await genuine).statusCode, 200)
  t.match(await rowOf(service, jar), { generation: 2, revokedAt: null })
})

t.test('the genuine token does not join the refresh of a token with a forged MAC', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  service.clock.advance(ACCESS_TTL)
  const held = holdNext(internalsOf(service.app).store, 'findSession', 'before')
  const forged = service.request(ME, jar.copy().set('refresh', withForgedMac(jar.get('refresh'))))
  await held.reached

  const genuine = service.request(ME, jar)
  await untilRequestsRest()
  held.open()

  t.match((await forged).json(), { statusCode: 401, code: 'TOKEN_INVALID' })
  t.equal((await genuine).statusCode, 200)
  t.match(await rowOf(service, jar), { generation: 2, revokedAt: null })
})

t.test('a refresh cookie with a forged MAC ends no session', async (t) => {
  const password = 'a password of an attacker'
  const attacker = { email: 'mallory@example.com', password }
  const cases = {
    'at sign-out': LOGOUT,
    'at sign-in': { method: 'POST', url: '/auth/login', payload: attacker },
    'at registration': {
      method: 'POST',
      url: '/auth/register',
      payload: { ...attacker, email: 'm@m.example' },
    },
  } as const
  for (const [title, request] of Object.entries(cases)) {
    t.test(title, async (t) => {
      const service = await buildApp(t)
      await signUp(service, attacker.email, password)
      const owner = await signUp(service)
      const before = await rowOf(service, owner)
      const forged = new Jar().set('refresh', withForgedMac(owner.get('refresh')))

      const answer = await service.request(request, forged)

      t.ok(answer.statusCode < 300, `answered ${answer.statusCode}`)
      t.strictSame(await rowOf(service, owner), before, 'the row is as it was')
      t.equal((await service.request(ME, owner)).statusCode, 200)
    })
  }
})

t.test('each session has a seed of its own', async (t) => {
  const service = await buildApp(t)
  const [one, other] = [await signUp(service), await signUp(service, 'bob@example.com')]
  const [first, second] = [await rowOf(service, one), await rowOf(service, other)]
  t.equal(first.seed.length, 32)
  t.notSame(first.seed, second.seed)
})
