import type { Test } from 'tap'
import { internalsOf } from '../../src/wiring/internals.ts'
import type { TestApp } from './app.ts'
import { Jar } from './jar.ts'
import { claimOf } from './rows.ts'

/** The defaults of the service, in seconds. */
export const ACCESS_TTL = 15 * 60
export const GRACE = 10
export const SETTLE = 60
export const HOUR = 60 * 60
export const DAY = 24 * HOUR

/** A guarded route: asking for it with an expired access token refreshes the session. */
export const ME = { method: 'GET', url: '/me' } as const
/** Refreshes whether or not the access token has expired. */
export const REFRESH = { method: 'POST', url: '/auth/refresh' } as const
export const LOGOUT = { method: 'POST', url: '/auth/logout' } as const

interface Answer {
  readonly headers: { readonly 'set-cookie'?: string | string[] | undefined }
}

/** A browser with the cookies of this response alone. */
export function jarOf(...answers: readonly Answer[]): Jar {
  const jar = new Jar()
  for (const { headers } of answers) jar.take(headers['set-cookie'])
  return jar
}

/** The refresh token that a response has given. */
export const refreshTokenOf = (answer: Answer): string | undefined => jarOf(answer).get('refresh')

/** Waits until the token may rotate, and refreshes without giving the answer to the browser. */
export async function refreshAndLose(service: TestApp, jar: Jar): Promise<Jar> {
  const receiver = jar.copy()
  service.clock.advance(SETTLE)
  const response = await service.request(REFRESH, receiver)
  if (response.statusCode !== 204) throw new Error(`not refreshed: ${response.statusCode} ${response.body}`)
  return receiver
}

/** Waits until cookies count as stored, and uses them, which proves their receipt. */
export async function proveReceipt(service: TestApp, jar: Jar): Promise<void> {
  service.clock.advance(SETTLE)
  const { sid } = claimOf(service, jar)
  await service.request(ME, jar)
  const found = await internalsOf(service.app).store.findSession(sid)
  if (found?.session.confirmedAt !== service.clock.now()) throw new Error('the receipt was not written')
}

export function keepsCookies(t: Test, { headers }: Answer, title = 'the cookies are left alone'): void {
  t.equal(headers['set-cookie'], undefined, title)
}

export function clearsCookies(t: Test, { headers }: Answer, title = 'both cookies are cleared'): void {
  const attributes = 'Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax'
  t.strictSame(headers['set-cookie'], [`refresh=; ${attributes}`, `access=; ${attributes}`], title)
}
