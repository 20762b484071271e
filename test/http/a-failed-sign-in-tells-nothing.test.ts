import type { LightMyRequestResponse } from 'fastify'
import t from 'tap'
import { buildApp, PASSWORD, signUp, type TestApp } from '../support/app.ts'
import { Jar } from '../support/jar.ts'
import { isRefusal } from '../support/refusals.ts'

const REFUSAL = { status: 401, code: 'LOGIN_FAILED', message: 'E-mail address or password is not correct' }

const login = (service: TestApp, email: string, password: string) =>
  service.request({ method: 'POST', url: '/auth/login', payload: { email, password } }, new Jar())

/** All that a client can see, the date apart and what counts requests down. */
function visible({ statusCode, headers, body }: LightMyRequestResponse) {
  const { date: _date, 'ratelimit-remaining': _remaining, ...others } = headers
  return { statusCode, headers: others, body }
}

t.test('unknown, wrong, disabled and paused cannot be told apart', async (t) => {
  const service = await buildApp(t)
  for (const name of ['ada', 'bo', 'cy']) await signUp(service, `${name}@example.com`)
  const bo = await service.app.accounts.findByEmail('bo@example.com')
  if (bo) await service.app.accounts.setDisabled(bo, true)
  for (let failures = 0; failures < 10; failures++) {
    await login(service, 'cy@example.com', 'wrong')
    await login(service, 'nobody-paused@example.com', 'wrong')
  }

  const unknown = await login(service, 'nobody@example.com', PASSWORD)
  isRefusal(t, unknown, REFUSAL)
  for (const [what, email, password] of [
    ['a wrong password', 'ada@example.com', 'wrong'],
    ['a disabled account, the password right', 'bo@example.com', PASSWORD],
    ['a disabled account, the password wrong', 'bo@example.com', 'wrong'],
    ['a paused account, the password right', 'cy@example.com', PASSWORD],
    ['a paused account that does not exist', 'nobody-paused@example.com', PASSWORD],
    ['what is no address', 'nobody', 'wrong'],
    ['a password that could not be chosen', 'ada@example.com', 'x'],
  ] as const) {
    t.strictSame(visible(await login(service, email, password)), visible(unknown), what)
  }
})

t.test('the events tell the operator what the answer does not', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const ada = await service.app.accounts.findByEmail('ada@example.com')
  await login(service, 'nobody@example.com', 'wrong')
  for (let failures = 0; failures < 11; failures++) await login(service, 'ada@example.com', 'wrong')
  const events = await service.app.store.listEvents(12)
  t.match(events.at(0), { type: 'sign-in-paused', userId: ada?.id, ip: '127.0.0.1' })
  t.match(events.at(1), { type: 'sign-in-failed', userId: ada?.id })
  t.match(events.at(-1), { type: 'sign-in-failed', userId: null })
})
