/**
 * Signed-in people for the benchmarks.
 */
import { createClient, expect } from './http.ts'

export const PASSWORD = 'correct horse battery staple'

/** Cookies as a browser would send them, by name. */
export type Cookies = Map<string, string>

export const cookieHeader = (cookies: Cookies): string =>
  [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')

/** Keeps what Set-Cookie lines say. */
export function keep(cookies: Cookies, lines: readonly string[]): void {
  for (const line of lines) {
    const [pair = ''] = line.split(';')
    cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
  }
}

/** Registers somebody and returns the cookies. */
export async function register(url: string, email: string): Promise<Cookies> {
  const client = createClient(url)
  const body = { email, password: PASSWORD }
  const answer = await expect(client, 201, { path: '/auth/register', method: 'POST', body })
  client.close()
  const cookies: Cookies = new Map()
  keep(cookies, answer.cookies)
  return cookies
}
