import type { Test } from 'tap'
import { bearer, claimsOf, HEADER, jwt, type TokenPair } from '../support/tokens.ts'
import { ACCESS, type Person, type Service } from './service.ts'

export interface Genuine {
  readonly person: Person
  readonly pair: TokenPair
  readonly claims: Record<string, unknown>
}

/** Somebody's tokens, to be copied and changed. */
export async function genuineTokens(service: Service): Promise<Genuine> {
  const person = await service.person()
  const pair = await service.tokens(person)
  return { person, pair, claims: claimsOf(pair.access_token) }
}

/** The header of a token, unproved. */
export const headerOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[0] as string, 'base64url').toString())

/** A claim taken away. */
export const without = (claims: object, name: string): object =>
  Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name))

/** Whether a token lets somebody in, as a bearer token and as a cookie alike. */
export async function accepts({ send }: Service, token: string): Promise<boolean> {
  const byHeader = await send('GET', '/me', { headers: bearer(token) })
  const byCookie = await send('GET', '/me', { headers: { cookie: `${ACCESS}=${token}` } })
  return byHeader.status === 200 || byCookie.status === 200
}

/** None of these tokens lets anybody in, while one that is made by hand and right does: so it is not the hand. */
export async function refusesAll(
  t: Test,
  service: Service,
  { claims }: Genuine,
  forged: Readonly<Record<string, string>>,
): Promise<void> {
  t.ok(await accepts(service, jwt(HEADER, claims)), 'the same token without the forgery is good')
  for (const [what, token] of Object.entries(forged)) {
    const answer = await service.send('GET', '/me', { bearer: token })
    t.equal(answer.status, 401, what)
    t.match(answer.headers['www-authenticate'], /error="invalid_token"/)
    t.notOk(await accepts(service, token), `${what}, in a cookie`)
  }
}
