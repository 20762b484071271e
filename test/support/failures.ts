import { lookupKey } from '../../src/accounts/email.ts'
import { throttleKey } from '../../src/credentials/throttle.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { PASSWORD, type TestApp } from './app.ts'
import { Jar } from './jar.ts'

const EMAIL = 'ada@example.com'

/** Tries to sign in, and returns the status. Without a jar, the browser is unknown. */
export async function login(
  service: TestApp,
  password = PASSWORD,
  { email = EMAIL, jar = new Jar() } = {},
): Promise<number> {
  const request = { method: 'POST', url: '/auth/login', payload: { email, password } } as const
  return (await service.request(request, jar)).statusCode
}

/** How many failures in a row are counted for browsers that the account does not know. */
export const failuresOf = async ({ app }: TestApp, email = EMAIL): Promise<number> =>
  (await internalsOf(app).store.findThrottle(throttleKey(lookupKey(email))))?.failures ?? 0

const LONGEST_PAUSE_MS = 15 * 60_000

/** So many failures in a row of unknown clients, the last of them a quarter of an hour ago. */
export async function failuresBefore(
  { app, clock }: TestApp,
  failures: number,
  email = EMAIL,
): Promise<void> {
  const key = throttleKey(lookupKey(email))
  const at = clock.now() - LONGEST_PAUSE_MS
  await internalsOf(app).store.clearFailures(key)
  await internalsOf(app).store.countAttempt({
    key,
    follows: undefined,
    failures,
    at,
    forgetAt: at + 30 * 24 * 60 * 60_000,
  })
}
