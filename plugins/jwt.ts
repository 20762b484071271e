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
 * Signing and verifying access tokens with @fastify/jwt, one namespace for each key of the ring, named by its `kid`.
 * The algorithm is pinned, so a token cannot choose its own (RFC 8725 section 3.1); `typ` is pinned, so no other kind
 * of JWT is taken for an access token (RFC 9068 section 4).
 *
 * Before the library is asked, the signature is looked at here. That can only refuse: what passes is verified by the library,
 * whole. It is there because a library that refuses by exceptions takes several times as long as the signature, and
 * anybody may send forged tokens.
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
          // Time is judged by the arrival of the request, which only the sessions know.
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
          // Which of the many ways to be wrong it was is nothing for the sender to learn from.
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

/** RFC 7518 section 3.2. Constant time in the signature. */
function isSignedBy(key: KeyObject, token: string): boolean {
  const end = token.lastIndexOf('.')
  const expected = createHmac('sha256', key).update(token.slice(0, end)).digest()
  const given = Buffer.from(token.slice(end + 1), 'base64url')
  return given.length === expected.length && timingSafeEqual(given, expected)
}

/** The `kid` a token's header claims; only good for choosing which key has to prove it. */
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
