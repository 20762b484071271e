import { KEY_SET_MAX_AGE_SECONDS } from '../keys/key-schedule.ts'
import Type from '../typebox.ts'

/** A public key (RFC 7517 section 4). */
const PublicKeySchema = Type.Object({
  kid: Type.String({ description: 'Thumbprint of the key (RFC 7638)' }),
  kty: Type.String({ examples: ['OKP'] }),
  alg: Type.String({ examples: ['EdDSA'] }),
  use: Type.String({ examples: ['sig'] }),
  crv: Type.Optional(Type.String()),
  x: Type.Optional(Type.String()),
  y: Type.Optional(Type.String()),
  n: Type.Optional(Type.String()),
  e: Type.Optional(Type.String()),
})

/** The `Cache-Control` of both documents. */
export const CACHE_CONTROL = `public, max-age=${KEY_SET_MAX_AGE_SECONDS}`

const headers = { 'Cache-Control': { const: CACHE_CONTROL }, ETag: { type: 'string' } } as const

/** RFC 7517 section 5. Empty with HS256. */
export const KeySetSchema = Type.Object(
  { keys: Type.Array(PublicKeySchema) },
  {
    headers,
    examples: [
      {
        keys: [
          {
            kid: '3a6XBDjQqUFeeo-3iVaXOZ-WNKvK7TrLZRL3--ETFL0',
            kty: 'OKP',
            alg: 'EdDSA',
            use: 'sig',
            crv: 'Ed25519',
            x: 'jFINENrSPI82Fe1IwwCE1mmgC4nL38UbgT0hLCVICB8',
          },
        ],
      },
    ],
  },
)

/** RFC 8414 section 2, and `revocations_endpoint`, which is a name of this service. */
export const ServerMetadataSchema = Type.Object(
  {
    issuer: Type.String(),
    token_endpoint: Type.String(),
    jwks_uri: Type.String(),
    introspection_endpoint: Type.String(),
    revocation_endpoint: Type.String(),
    revocations_endpoint: Type.String(),
    response_types_supported: Type.Array(Type.String()),
    grant_types_supported: Type.Array(Type.String()),
    scopes_supported: Type.Array(Type.String()),
    token_endpoint_auth_methods_supported: Type.Array(Type.String()),
    introspection_endpoint_auth_methods_supported: Type.Array(Type.String()),
    revocation_endpoint_auth_methods_supported: Type.Array(Type.String()),
  },
  {
    headers,
    examples: [presentServerMetadata('https://auth.example.com', 'https://auth.example.com', ['users:read'])],
  },
)

/**
 * The metadata of the service.
 * @param base URL of the service without a slash at the end. The endpoints are below it
 */
export function presentServerMetadata(issuer: string, base: string, permissions: readonly string[]) {
  return {
    issuer,
    token_endpoint: `${base}/auth/token`,
    jwks_uri: `${base}/.well-known/jwks.json`,
    introspection_endpoint: `${base}/auth/introspect`,
    revocation_endpoint: `${base}/auth/revoke`,
    revocations_endpoint: `${base}/auth/revocations`,
    // There is no authorization endpoint, so there are no response types.
    response_types_supported: [],
    grant_types_supported: ['password', 'refresh_token'],
    scopes_supported: [...permissions],
    token_endpoint_auth_methods_supported: ['none'],
    introspection_endpoint_auth_methods_supported: ['client_secret_basic'],
    revocation_endpoint_auth_methods_supported: ['none'],
  }
}
