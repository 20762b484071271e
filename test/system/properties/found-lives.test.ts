/* Shortest lives that once went wrong, kept as examples. */
import t from 'tap'
import { buildApp, PASSWORD, signIn, signUp, type TestApp } from '../../support/app.ts'
import type { Jar } from '../../support/jar.ts'
import { overSockets } from '../../support/over-sockets.ts'
import { ACCESS_TTL, ME, refreshAndLose } from '../../support/rotation.ts'

const NEXT = 'a quiet lake beneath nine hills'

const changePassword = ({ request }: TestApp, jar: Jar, currentPassword = PASSWORD, newPassword = NEXT) =>
  request({ method: 'POST', url: '/me/password', payload: { currentPassword, newPassword } }, jar)

t.test('a lost answer to a new password that needed a refresh costs one sign-in', async (t) => {
  const service = await overSockets(t, await buildApp(t))
  const browser = await signUp(service)
  service.clock.advance(ACCESS_TTL)
  t.equal((await changePassword(service, browser.copy())).statusCode, 204)
  t.match((await service.request(ME, browser)).json(), { code: 'SESSION_ENDED', reason: 'replaced' })
  await signIn(service, undefined, { jar: browser, password: NEXT })
  service.clock.advance(ACCESS_TTL)
  t.equal((await service.request(ME, browser)).statusCode, 200)
})

t.test('a new password after a lost refresh does not count as a second step', async (t) => {
  const service = await overSockets(t, await buildApp(t))
  const browser = await signUp(service)
  await refreshAndLose(service, browser)
  t.equal((await changePassword(service, browser)).statusCode, 204)
  service.clock.advance(ACCESS_TTL)
  t.equal((await service.request(ME, browser)).statusCode, 200)
})

t.test('cookies from before a new password change nothing', async (t) => {
  const service = await overSockets(t, await buildApp(t))
  const browser = await signUp(service)
  await service.request(ME, browser)
  const before = browser.copy()
  await changePassword(service, browser)
  t.match(await changePassword(service, before), { statusCode: 401 })
  t.match(await changePassword(service, before, NEXT, PASSWORD), { statusCode: 401 })
  t.equal((await changePassword(service, browser, NEXT, PASSWORD)).statusCode, 204)
})
