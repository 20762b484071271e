import t from 'tap'
import { buildApp, signIn, signUp } from '../../support/app.ts'
import { setCookies } from '../../support/jar.ts'
import { ACCESS_TTL, keepsCookies, LOGOUT, ME } from '../../support/rotation.ts'
import { buildUploadApp } from '../../support/uploads.ts'

t.test('clears no cookies of the next session when the session of a slow request ends', async (t) => {
  for (const expired of [false, true]) {
    await t.test(expired ? 'with an expired access token' : 'with a good access token', async (t) => {
      const service = await buildUploadApp(t)
      await signUp(service, 'bob@example.com')
      const jar = await signUp(service, 'ada@example.com')
      if (expired) service.clock.advance(ACCESS_TTL)
      const upload = await service.upload(jar)
      service.clock.advance(1)
      await signIn(service, 'bob@example.com', { jar })

      const refused = await upload.finish()
      t.equal(refused.statusCode, 401)
      keepsCookies(t, refused)
      t.same(service.received, [])
      t.equal((await service.request(ME, jar)).json().user.email, 'bob@example.com')
    })
  }
})

t.test('clears no cookies when the session was signed out before the next sign-in', async (t) => {
  const service = await buildUploadApp(t)
  await signUp(service, 'bob@example.com')
  const jar = await signUp(service, 'ada@example.com')
  const upload = await service.upload(jar)
  service.clock.advance(1)
  await service.request(LOGOUT, jar)
  await signIn(service, 'bob@example.com', { jar })

  const refused = await upload.finish()
  t.equal(refused.statusCode, 401)
  keepsCookies(t, refused)
})

t.test(
  'clears no cookies for a request that arrives just after the sign-in which replaced its session',
  async (t) => {
    const service = await buildApp(t)
    await signUp(service, 'bob@example.com')
    const jar = await signUp(service, 'ada@example.com')
    const old = jar.copy()
    await signIn(service, 'bob@example.com', { jar })
    const refused = await service.request(ME, old)
    t.equal(refused.statusCode, 401)
    keepsCookies(t, refused)
  },
)

t.test('sends no Set-Cookie to a prefetch, also when its session has ended', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  const kept = jar.copy()
  await service.request({ method: 'POST', url: '/auth/logout' }, jar)
  const headers = { 'sec-purpose': 'prefetch' }
  const refused = await service.request({ url: '/me', headers }, kept)
  t.equal(refused.statusCode, 401)
  t.same(setCookies(refused), [])
})
