/**
 * OAuth clients that others maintain, which discover the service, and introspect and revoke its
 * tokens.
 */
import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import t from 'tap'
import { buildApp, signUp } from '../../support/app.ts'
import { registerClient } from '../../support/clients.ts'
import { freePort } from '../../support/free-port.ts'
import { fetchTokens, type TokenPair } from '../../support/tokens.ts'

// The metadata must name the issuer, so its port is chosen first.
const port = await freePort()
const issuer = `http://localhost:${port}`
const environment = { ISSUER: issuer, ACCESS_TOKEN_ALG: 'EdDSA' }
const service = await buildApp(t, { environment, neverBusy: true })
await service.app.listen({ host: 'localhost', port })
const { id, secret } = await registerClient(service)
await signUp(service)

const insecurely = { [oauth.allowInsecureRequests]: true }
const discovered = await oauth.discoveryRequest(new URL(issuer), { ...insecurely, algorithm: 'oauth2' })
const server = await oauth.processDiscoveryResponse(new URL(issuer), discovered)
const HINTS = { access_token: 'access_token', refresh_token: 'refresh_token' } as const
type Kind = keyof typeof HINTS

interface Introspected {
  readonly active: boolean
}

/** A client of one library. */
interface Library {
  introspect(token: string, kind: Kind): Promise<Introspected>
  revoke(token: string, kind: Kind): Promise<unknown>
  /** Introspects with a wrong secret. */
  introspectWrongly(token: string): Promise<unknown>
}

async function introspect4webapi(token: string, kind: Kind, clientSecret: string): Promise<Introspected> {
  const client = { client_id: id }
  const authentication = oauth.ClientSecretBasic(clientSecret)
  const additionalParameters = { token_type_hint: HINTS[kind] }
  const options = { ...insecurely, additionalParameters }
  const answer = await oauth.introspectionRequest(server, client, authentication, token, options)
  return oauth.processIntrospectionResponse(server, client, answer)
}

const config = (clientSecret: string): Promise<openid.Configuration> =>
  openid.discovery(new URL(issuer), id, undefined, openid.ClientSecretBasic(clientSecret), {
    algorithm: 'oauth2',
    execute: [openid.allowInsecureRequests],
  })

const libraries: Readonly<Record<string, Library>> = {
  oauth4webapi: {
    introspect: (token, kind) => introspect4webapi(token, kind, secret),
    introspectWrongly: (token) => introspect4webapi(token, 'access_token', 'wrong'),
    async revoke(token, kind) {
      const additionalParameters = { token_type_hint: HINTS[kind] }
      const options = { ...insecurely, additionalParameters }
      const answer = await oauth.revocationRequest(
        server,
        { client_id: 'an application' },
        oauth.None(),
        token,
        options,
      )
      return oauth.processRevocationResponse(answer)
    },
  },
  'openid-client': {
    introspect: async (token, kind) =>
      openid.tokenIntrospection(await config(secret), token, { token_type_hint: HINTS[kind] }),
    introspectWrongly: async (token) => openid.tokenIntrospection(await config('wrong'), token),
    revoke: async (token, kind) =>
      openid.tokenRevocation(await config(secret), token, { token_type_hint: HINTS[kind] }),
  },
}

for (const [name, library] of Object.entries(libraries)) {
  t.test(`${name} introspects and revokes tokens of both types`, async (t) => {
    for (const revoked of ['access_token', 'refresh_token'] as const) {
      const tokens: TokenPair = await fetchTokens(service)
      t.match(await library.introspect(tokens.access_token, 'access_token'), {
        active: true,
        iss: issuer,
        username: 'ada@example.com',
        token_type: 'Bearer',
      })
      t.match(await library.introspect(tokens.refresh_token, 'refresh_token'), { active: true })
      await library.revoke(tokens[revoked], revoked)
      for (const kind of ['access_token', 'refresh_token'] as const)
        t.same(await library.introspect(tokens[kind], kind), { active: false })
      await library.revoke(tokens[revoked], revoked)
    }
    await library.revoke('unknown', 'access_token')
  })

  t.test(`${name} understands that its secret is wrong`, async (t) => {
    const { access_token } = await fetchTokens(service)
    const refused = await library.introspectWrongly(access_token).then(
      () => undefined,
      (error: unknown) => error as { status?: number; cause?: unknown },
    )
    t.equal(refused?.status, 401)
    t.match(JSON.stringify(refused?.cause), /"scheme":"basic"/)
  })
}

t.test('oauth4webapi and openid-client discover the endpoints', async (t) => {
  const expected = {
    issuer,
    token_endpoint: `${issuer}/auth/token`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    introspection_endpoint: `${issuer}/auth/introspect`,
    revocation_endpoint: `${issuer}/auth/revoke`,
  }
  t.match(server, expected)
  t.match((await config(secret)).serverMetadata(), expected)
})

t.test('jose verifies tokens by the address of the key set in the metadata', async (t) => {
  const { access_token } = await fetchTokens(service)
  const keys = createRemoteJWKSet(new URL(String(server.jwks_uri)))
  const { payload } = await jwtVerify(access_token, keys, {
    ...{ issuer, audience: issuer, typ: 'at+jwt', algorithms: ['EdDSA'] },
    currentDate: new Date(service.clock.now()),
  })
  t.match(payload, { role: 'user', client_id: 'tacit' })
})

t.test('oauth4webapi validates an access token as RFC 9068 asks', async (t) => {
  const { access_token } = await fetchTokens(service)
  const request = new Request(`${issuer}/movies`, { headers: { authorization: `Bearer ${access_token}` } })
  const skew = Math.round((service.clock.now() - Date.now()) / 1_000)
  const options = { ...insecurely, [oauth.clockSkew]: skew, signingAlgorithms: ['Ed25519', 'EdDSA'] }
  t.match(await oauth.validateJwtAccessToken(server, request, issuer, options), { client_id: 'tacit' })
})
