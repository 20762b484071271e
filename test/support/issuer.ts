import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import type { Teardown } from './app.ts'

/** A key pair as the service makes them. */
export interface Pair {
  readonly alg: string
  readonly kid: string
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  readonly jwk: JWK
}

export async function keyPair(alg = 'EdDSA'): Promise<Pair> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const exported = await exportJWK(publicKey)
  const kid = await calculateJwkThumbprint(exported)
  return { alg, kid, privateKey, publicKey, jwk: { ...exported, alg, kid, use: 'sig' } }
}

/** The claims of a token, as the service signs them. */
export const claimsAt = (now: number, change: object = {}) => ({
  iss: 'https://auth.example.com',
  aud: 'movies',
  sub: '019bc186-de00-738c-b587-e5f65ab95d6c',
  user_id: '019bc186-de00-738c-b587-e5f65ab95d6c',
  client_id: 'https://auth.example.com',
  jti: randomUUID(),
  sid: 'AAAAAAAAAAAAAAAAAAAAAA',
  gen: 1,
  role: 'user',
  scope: '',
  iat: Math.floor(now / 1_000),
  exp: Math.floor(now / 1_000) + 900,
  auth_time: Math.floor(now / 1_000),
  ...change,
})

export const signedBy = (
  { alg, kid, privateKey }: Pair,
  claims: object,
  header: object = {},
): Promise<string> =>
  new SignJWT({ ...claims }).setProtectedHeader({ alg, kid, typ: 'at+jwt', ...header }).sign(privateKey)

export type Respond = (request: IncomingMessage, response: ServerResponse) => void

export interface Issuer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  /** The paths that were asked for. */
  readonly requests: string[]
  /** How the key set is answered from now on. */
  respond: Respond
  close(): Promise<void>
}

export const json =
  (value: unknown, type = 'application/json'): Respond =>
  (_request, response) => {
    response.setHeader('content-type', type)
    response.end(JSON.stringify(value))
  }

/** A service over real HTTP that publishes the public keys of these pairs. */
export async function issuerOf(t: Teardown, ...pairs: readonly Pair[]): Promise<Issuer> {
  const server = createServer((request, response) => {
    issuer.requests.push(request.url as string)
    issuer.respond(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer: Issuer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    respond: json({ keys: pairs.map(({ jwk }) => jwk) }),
    async close() {
      server.closeAllConnections()
      server.close()
    },
  }
  t.teardown(() => issuer.close())
  return issuer
}
