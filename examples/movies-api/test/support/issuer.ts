/** Stands in for the auth service: publishes a key set, and signs access tokens with its key. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

export const ISSUER = 'https://auth.example'

export interface Issuer {
  readonly url: string
  /** An access token for the account. */
  tokenFor(userId: string, claims?: Readonly<Record<string, unknown>>): Promise<string>
  close(): void
}

export async function startIssuer(): Promise<Issuer> {
  const { privateKey, publicKey } = await generateKeyPair('Ed25519')
  const key = { ...(await exportJWK(publicKey)), kid: 'the-key', alg: 'EdDSA', use: 'sig' }
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [key] }))
  }).listen(0)
  await once(server, 'listening')

  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    tokenFor(userId, claims = {}) {
      const now = Math.floor(Date.now() / 1_000)
      const standard = { iss: ISSUER, aud: ISSUER, sub: userId, user_id: userId, client_id: 'tacit' }
      const session = { sid: `session of ${userId}`, gen: 1, role: 'user', scope: '', auth_time: now }
      return new SignJWT({ ...standard, ...session, jti: 'an id', iat: now, exp: now + 60, ...claims })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: 'the-key' })
        .sign(privateKey)
    },
    close: () => server.close().closeAllConnections(),
  }
}

export const EDITOR = { role: 'editor', scope: 'movies:write' }
