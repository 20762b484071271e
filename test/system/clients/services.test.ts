/**
 * OAuth clients that others maintain, which introspect and revoke tokens of the service.
 */
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import t from 'tap'
import { signUp } from '../../support/app.ts'
import { registerClient } from '../../support/clients.ts'
import { listeningService } from '../../support/documented-clients.ts'
import { fetchTokens, type TokenPair } from '../../support/tokens.ts'

const service = await listeningService(t)
const { address } = service
const { id, secret } = await registerClient(service)
await signUp(service)

const issuer = 'http://localhost'
const server = {
  issuer,
  introspection_endpoint: `${address}/auth/introspect`,
  revocation_endpoint: `${address}/auth/revoke`,
}
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

const insecurely = { [oauth.allowInsecureRequests]: true }

async function introspect4webapi(token: string, kind: Kind, clientSecret: string): Promise<Introspected> {
  const client = { client_id: id }
  const authentication = oauth.ClientSecretBasic(clientSecret)
  const additionalParameters = { token_type_hint: HINTS[kind] }
  const options = { ...insecurely, additionalParameters }
  const answer = await oauth.introspectionRequest(server, client, authentication, token, options)
  return oauth.processIntrospectionResponse(server, client, answer)
}

const config = (clientSecret: string): openid.Configuration => {
  const made = new openid.Configuration(server, id, undefined, openid.ClientSecretBasic(clientSecret))
  openid.allowInsecureRequests(made)
  return made
}

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
    introspect: (token, kind) =>
      openid.tokenIntrospection(config(secret), token, { token_type_hint: HINTS[kind] }),
    introspectWrongly: (token) => openid.tokenIntrospection(config('wrong'), token),
    revoke: (token, kind) => openid.tokenRevocation(config(secret), token, { token_type_hint: HINTS[kind] }),
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
