import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import fastifyJwt, { type FastifyJWTOptions, type JWT } from '@fastify/jwt'
import Fastify from 'fastify'
import fp from 'fastify-plugin'
import type { AccessTokenCodec } from '../src/protocol/access-token.ts'
import { internalsOf, provide } from '../src/wiring/internals.ts'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    accessTokens: AccessTokenCodec
  }
}

const TYPE = 'at+jwt'

/**
 * Signs and verifies access tokens with @fastify/jwt: one instance for each key, named by its
 * `kid`. The algorithm of each key is pinned, so a token cannot choose it (RFC 8725 section 3.1).
 * `typ` is pinned, so no other kind of JWT is accepted as an access token (RFC 9068 section 4).
 *
 * Tokens of every key that has not ended are accepted, whichever algorithm signs now. So a change
 * of ACCESS_TOKEN_ALG signs no client out.
 */
export default fp(
  async (app) => {
    const { config, keys, keyPairs } = internalsOf(app)
    const [current, ...older] = keys.accessToken
    const bySecret = new Map<string, SecretVerifier>()
    for (const { kid, secret } of [current, ...older]) {
      const jwt = await createJwt({ kid, algorithm: 'HS256', secret }, config)
      bySecret.set(kid, { jwt, key: createSecretKey(secret) })
    }

    let byPair = new Map<string, JWT>()
    await keyPairs.follow(async (pairs) => {
      const before = byPair
      const entries = pairs.map(async ({ kid, algorithm, privatePem, publicPem }) => {
        const secret = { private: privatePem, public: publicPem }
        return [kid, before.get(kid) ?? (await createJwt({ kid, algorithm, secret }, config))] as const
      })
      byPair = new Map(await Promise.all(entries))
    })

    const [signer] = bySecret.values() as Iterable<SecretVerifier> as [SecretVerifier]
    const accessTokens: AccessTokenCodec = {
      sign(claims) {
        const pair = keyPairs.signer()
        const jwt = pair === undefined ? signer.jwt : (byPair.get(pair.kid) as JWT)
        return jwt.sign({ ...claims })
      },
      verify(token) {
        const kid = kidOf(token)
        const verifier = bySecret.get(kid)
        if (verifier !== undefined)
          return isSignedBy(verifier.key, token) ? verified(verifier.jwt, token) : null
        return keyPairs.accepts(kid) ? verified(byPair.get(kid) as JWT, token) : null
      },
    }
    provide(app, { accessTokens })
  },
  { name: 'jwt', dependencies: ['env', 'key-pairs'] },
)

/**
 * A key that SECRET_KEY gives. Its signature is checked here first, and the library then verifies
 * the whole token. The library rejects by exceptions, which take several times as long as this
 * check, and any client can send forged tokens. The check of a key pair takes longer than the
 * exception.
 */
interface SecretVerifier {
  readonly jwt: JWT
  readonly key: KeyObject
}

interface JwtKey {
  readonly kid: string
  readonly algorithm: 'HS256' | 'EdDSA' | 'ES256' | 'RS256'
  readonly secret: FastifyJWTOptions['secret']
}

/**
 * The library in an application of its own, which never listens. Keys come while the service runs,
 * and an application that has started takes no more plugins.
 */
async function createJwt(
  { kid, algorithm, secret }: JwtKey,
  { issuer, audience }: { readonly issuer: string; readonly audience: string },
): Promise<JWT> {
  const own = Fastify()
  await own.register(fastifyJwt, {
    secret,
    sign: { algorithm, kid, header: { alg: algorithm, typ: TYPE } },
    verify: {
      algorithms: [algorithm],
      checkTyp: TYPE,
      allowedIss: issuer,
      allowedAud: audience,
      requiredClaims: ['iss', 'aud', 'exp'],
      // `sessions` compares these times with the arrival of the request.
      ignoreExpiration: true,
      ignoreNotBefore: true,
    },
  })
  await own.ready()
  return own.jwt
}

function verified(jwt: JWT, token: string): unknown {
  try {
    return jwt.verify(token)
  } catch {
    // The client must not learn which check failed.
    return null
  }
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
