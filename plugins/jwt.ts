import fastifyJwt, { type JWT } from '@fastify/jwt'
import fp from 'fastify-plugin'
import type { SigningKey } from '../src/secrets.ts'
import type { AccessTokenCodec } from '../src/sessions/access-token.ts'

declare module 'fastify' {
  interface FastifyInstance {
    accessTokens: AccessTokenCodec
  }
}

const ALGORITHM = 'HS256'
const TYPE = 'at+jwt'

/**
 * Signing and verifying access tokens with @fastify/jwt, one namespace for each key of the ring, named by its `kid`.
 * The algorithm is pinned, so a token cannot choose its own (RFC 8725 section 3.1); `typ` is pinned, so no other kind
 * of JWT is taken for an access token (RFC 9068 section 4).
 */
export default fp(
  async (app) => {
    const { issuer, audience } = app.config
    const [current, ...older] = app.keys.accessToken
    for (const key of [current, ...older]) {
      await app.register(fastifyJwt, {
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

    const namespaces = app.jwt as unknown as Readonly<Record<string, JWT>>
    const signer = namespaceOf(current)
    const verifiers = new Map([current, ...older].map((key) => [key.kid, namespaceOf(key)]))

    function namespaceOf({ kid }: SigningKey): JWT {
      return namespaces[kid] as JWT
    }

    app.decorate('accessTokens', {
      sign: (claims) => signer.sign({ ...claims }),
      verify(token) {
        const verifier = verifiers.get(kidOf(token))
        if (verifier === undefined) return null
        // Nobody will read where the verifier noticed: writing it down would take longer than the signature.
        const { stackTraceLimit } = Error
        Error.stackTraceLimit = 0
        let claims: unknown = null
        try {
          claims = verifier.verify(token)
        } catch {
          // Which of the many ways to be wrong it was is nothing for the sender to learn from.
        }
        Error.stackTraceLimit = stackTraceLimit
        return claims
      },
    })
  },
  { name: 'jwt', dependencies: ['env'] },
)

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
