/* Shortest lives that once went wrong, kept as examples. */
import t from 'tap'
import { buildApp, PASSWORD, signUp, type TestApp } from '../support/app.ts'
import type { Jar } from '../support/jar.ts'
import { overSockets } from '../support/over-sockets.ts'
import { ACCESS_TTL, ME, refreshAndLose } from '../support/rotation.ts'

const NEXT = 'a quiet lake beneath nine hills'

const changePassword = ({ request }: TestApp, jar: Jar, currentPassword = PASSWORD, newPassword = NEXT) =>
  request({ method: 'POST', url: '/me/password', payload: { currentPassword, newPassword } }, jar)

t.test('a new password that needed a refresh is one step: its answer may get lost', async (t) => {
  const service = await overSockets(t, await buildApp(t))
  const browser = await signUp(service)
  service.clock.advance(ACCESS_TTL)
  t.equal((await changePassword(service, browser.copy())).statusCode, 204)
  t.equal((await service.request(ME, browser)).statusCode, 200)
})

t.test('a new password after a lost refresh is no second step', async (t) => {
  const service = await overSockets(t, await buildApp(t))
  const browser = await signUp(service)
  await refreshAndLose(service, browser)
  t.equal((await changePassword(service, browser.copy())).statusCode, 204)
  service.clock.advance(ACCESS_TTL)
  t.equal((await service.request(ME, browser)).statusCode, 200)
})

t.test('once there is a new password, the old one proves nothing to the session that stayed', async (t) => {
  const service = await overSockets(t, await buildApp(t))
  const browser = await signUp(service)
  await service.request(ME, browser)
  const before = browser.copy()
  await changePassword(service, browser)
  t.match(await changePassword(service, before), { statusCode: 403 })
  t.equal((await changePassword(service, before, NEXT, PASSWORD)).statusCode, 204)
})
