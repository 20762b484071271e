import t from 'tap'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, PASSWORD, signIn, signUp, type TestApp } from '../support/app.ts'
import type { Jar } from '../support/jar.ts'
import { isRefusal } from '../support/refusals.ts'
import { bearer, claimsOf, fetchTokens } from '../support/tokens.ts'

const NEXT = 'a quite different set of words'
const REQUIRED = {
  status: 403,
  code: 'REAUTHENTICATION_REQUIRED',
  message: 'Give the current password as currentPassword, or sign in again first',
}
const INCORRECT = { status: 403, code: 'PASSWORD_INCORRECT', message: 'The current password is not correct' }

const changePassword = { method: 'POST', url: '/me/password', payload: { newPassword: NEXT } } as const
const removals = [
  { method: 'DELETE', url: '/me', payload: {} },
  { method: 'DELETE', url: '/me' },
] as const

const TEN_MINUTES = 10 * 60

async function exists({ app }: TestApp): Promise<boolean> {
  return (await internalsOf(app).accounts.findByEmail('ada@example.com')) !== undefined
}

t.test('accepts the sign-in as proof during its first ten minutes', async (t) => {
  for (const request of [changePassword, ...removals]) {
    const service = await buildApp(t)
    const browser = await signUp(service)
    service.clock.advance(TEN_MINUTES - 0.001)
    t.equal((await service.request(request, browser)).statusCode, 204)
  }
})

t.test('asks for the password later, and the refusal says so', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  service.clock.advance(TEN_MINUTES)
  for (const request of [changePassword, ...removals]) {
    isRefusal(t, await service.request(request, browser), REQUIRED)
  }
  t.ok(await exists(service))
  await signIn(service)
})

t.test('a refresh does not make a sign-in younger', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  service.clock.advance(1_000)
  await service.request({ url: '/me' }, browser)
  const { iat, auth_time } = claimsOf(browser.get('access') as string) as { iat: number; auth_time: number }
  t.equal(iat - auth_time, 1_000)
  isRefusal(t, await service.request(changePassword, browser), REQUIRED)
})

t.test('a password that is given proves one request, and does not make the sign-in younger', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  service.clock.advance(TEN_MINUTES)
  const payload = { currentPassword: PASSWORD, newPassword: NEXT }
  t.equal((await service.request({ ...changePassword, payload }, browser)).statusCode, 204)
  isRefusal(t, await service.request(removals[0], browser), REQUIRED)
})

t.test('accepts a new sign-in in the same browser as proof', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  service.clock.advance(TEN_MINUTES)
  await signIn(service, 'ada@example.com', { jar: browser })
  t.equal((await service.request(changePassword, browser)).statusCode, 204)
})

t.test('refuses a wrong password also shortly after the sign-in', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const removal = { method: 'DELETE', url: '/me', payload: { currentPassword: 'wrong' } } as const
  const payload = { currentPassword: 'wrong', newPassword: NEXT }
  for (const request of [removal, { ...changePassword, payload }]) {
    isRefusal(t, await service.request(request, browser), INCORRECT)
  }
  t.ok(await exists(service))
})

t.test('asks for proof from bearer tokens as well', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const remove = (token: string) => service.request({ ...removals[0], headers: bearer(token) })
  const { access_token } = await fetchTokens(service)
  service.clock.advance(TEN_MINUTES)
  isRefusal(t, await remove(access_token), REQUIRED)
  t.equal((await remove((await fetchTokens(service)).access_token)).statusCode, 204)
})

t.test('counts proofs against the limit of password routes for the address', async (t) => {
  for (const request of [changePassword, removals[0]]) {
    const service = await buildApp(t, { environment: { LOGIN_RATE_LIMIT_MAX: 3 } })
    const browser = await signUp(service)
    const payload = { ...request.payload, currentPassword: 'wrong' }
    for (let guesses = 0; guesses < 2; guesses++) {
      isRefusal(t, await service.request({ ...request, payload }, browser), INCORRECT)
    }
    t.equal((await service.request({ ...request, payload }, browser)).statusCode, 429)
  }
})

t.test('counts a thief who guesses the password as a stranger after ten guesses', async (t) => {
  const service = await buildApp(t)
  const stolen: Jar = (await signUp(service)).copy()
  const guess = { ...changePassword, payload: { currentPassword: 'wrong', newPassword: NEXT } }
  for (let guesses = 0; guesses < 25; guesses++) {
    isRefusal(t, await service.request(guess, stolen), INCORRECT)
  }
  t.match(internalsOf(service.app).events.counts(), { 'sign-in-failed': 20, 'sign-in-paused': 5 })
})
