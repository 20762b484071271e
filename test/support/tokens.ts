import { createHmac } from 'node:crypto'
import { deriveKeys } from '../../src/keys/secrets.ts'
import { PASSWORD, SECRET, type TestApp } from './app.ts'

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** The key that the service signs access tokens with, and its name. */
export const [signingKey] = deriveKeys([SECRET]).accessToken

export const HEADER = { alg: 'HS256', typ: 'at+jwt', kid: signingKey.kid }

export type Sign = (input: string) => string

/** An HMAC as a token's signature. */
export const hmac =
  (key: Buffer | string = signingKey.secret, hash = 'sha256'): Sign =>
  (input) =>
    createHmac(hash, key).update(input).digest('base64url')

/** A JWT made by hand, right or wrong. */
export function jwt(header: object, payload: unknown, sign: Sign = hmac()): string {
  const input = `${part(header)}.${part(payload)}`
  return `${input}.${sign(input)}`
}

/** The claims of a token, unproved. */
export const claimsOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString())

export interface TokenPair {
  readonly access_token: string
  readonly refresh_token: string
}

/** The tokens that a client without a browser gets for a password. */
export async function fetchTokens(
  { request }: TestApp,
  username = 'ada@example.com',
  password = PASSWORD,
): Promise<TokenPair> {
  const payload = { grant_type: 'password', username, password }
  const response = await request({ method: 'POST', url: '/auth/token', payload })
  if (response.statusCode !== 200) throw new Error(`no tokens: ${response.statusCode} ${response.body}`)
  return response.json()
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** A refresh token with the session and the generation of a genuine one, and another MAC. */
export function withForgedMac(refreshToken: string | undefined): string {
  const genuine = refreshToken ?? ''
  return `${genuine.slice(0, -1)}${genuine.endsWith('A') ? 'B' : 'A'}`
}
