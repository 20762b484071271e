import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import fastifyJwt, { type JWT } from '@fastify/jwt'
import fp from 'fastify-plugin'
import type { AccessTokenCodec } from '../src/protocol/access-token.ts'
import { internalsOf, provide } from '../src/wiring/internals.ts'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    accessTokens: AccessTokenCodec
  }
}

const ALGORITHM = 'HS256'
const TYPE = 'at+jwt'

/**
 * Signs and verifies access tokens with @fastify/jwt: one namespace for each key of the ring, named
 * by its `kid`. The algorithm is pinned, so a token cannot choose it (RFC 8725 section 3.1). `typ`
 * is pinned, so no other kind of JWT is accepted as an access token (RFC 9068 section 4).
 *
 * The signature is checked here first, and the library then verifies the whole token. The library
 * rejects by exceptions, which take several times as long as the signature check, and any client
 * can send forged tokens.
 */
export default fp(
  async (app) => {
    const { apart, config, keys } = internalsOf(app)
    const { issuer, audience } = config
    const [current, ...older] = keys.accessToken
    for (const key of [current, ...older]) {
      await apart.register(fastifyJwt, {
        namespace: key.kid,
        secret: key.secret,
        sign: {
          algorithm: ALGORITHM,
          kid: key.kid,
          header: { alg: ALGORITHM, typ: TYPE },
        },
        verify: {
          algorithms: [ALGORITHM],
          checkTyp: TYPE,
          allowedIss: issuer,
          allowedAud: audience,
          requiredClaims: ['iss', 'aud', 'exp'],
          // `sessions` compares these times with the arrival of the request.
          ignoreExpiration: true,
          ignoreNotBefore: true,
        },
      })
    }

    const namespaces = apart.jwt as unknown as Readonly<Record<string, JWT>>
    const ring = [current, ...older].map(
      ({ kid, secret }): Signer => ({ kid, jwt: namespaces[kid] as JWT, key: createSecretKey(secret) }),
    )
    const [signer] = ring as [Signer]
    const byKid = new Map(ring.map((each) => [each.kid, each]))

    const accessTokens: AccessTokenCodec = {
      sign: (claims) => signer.jwt.sign({ ...claims }),
      verify(token) {
        const issuer = byKid.get(kidOf(token))
        if (issuer === undefined || !isSignedBy(issuer.key, token)) return null
        try {
          return issuer.jwt.verify(token)
        } catch {
          // The client must not learn which check failed.
          return null
        }
      },
    }
    provide(app, { accessTokens })
  },
  { name: 'jwt', dependencies: ['env'] },
)

interface Signer {
  readonly kid: string
  readonly jwt: JWT
  readonly key: KeyObject
}

/** RFC 7518 section 3.2. Compares the signature in constant time. */
function isSignedBy(key: KeyObject, token: string): boolean {
  const end = token.lastIndexOf('.')
  const expected = createHmac('sha256', key).update(token.slice(0, end)).digest()
  const given = Buffer.from(token.slice(end + 1), 'base64url')
  return given.length === expected.length && timingSafeEqual(given, expected)
}

/** The `kid` of the token's header. It is not verified, and only selects the key. */
function kidOf(token: string): string {
  try {
    const header: unknown = JSON.parse(
      Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString(),
    )
    const kid = (header as { kid?: unknown } | null)?.kid
    return typeof kid === 'string' ? kid : ''
  } catch {
    return ''
  }
}
