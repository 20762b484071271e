/**
 * Verifies access tokens of the service in another service, without its database and secret.
 *
 * Threat: a token is accepted that is forged, expired, meant for another service, or signed by a
 * key that it brings along.
 * Guarantee: the signature is verified with a published key, `typ`, algorithm, `iss` and `aud` are
 * pinned, and each claim has its type. The headers `jwk`, `jku`, `x5u` and `x5c` are ignored, and
 * an unknown `crit` is refused.
 * Limits: without `revocations`, a stolen token, or one of an ended session, is accepted until it
 * expires.
 * Source: RFC 9068 section 4, RFC 8725, RFC 7515.
 */
// Its parts: the whole library takes twice as long to load.
import * as errors from 'jose/errors'
import { type JWTVerifyOptions, jwtVerify } from 'jose/jwt/verify'
import { createCache } from '../cache.ts'
import { AuthError } from '../errors.ts'
import { type AccessClaims, readAccessClaims } from '../protocol/access-token.ts'
import { createKeys } from './keys.ts'
import { readVerifierOptions, type VerifierOptions, type VerifierSettings } from './options.ts'
import { createVerifiedPrincipal, type VerifiedPrincipal } from './principal.ts'
import { createRevocationCheck, noRevocationCheck, type Remembered } from './revocation-check.ts'

/** Verifies access tokens of one issuer. */
export interface Verifier {
  /**
   * Returns the claims of a valid access token. Rejects with an `AuthError`: TOKEN_MISSING,
   * TOKEN_INVALID, TOKEN_EXPIRED (with the reason `inactive` if the session has ended or changed), or
   * VERIFIER_UNAVAILABLE if the keys or an answer of the service cannot be had.
   */
  verify(token: string): Promise<AccessClaims>
  /** Ends all requests to the service, and the stream. `verify` then rejects. */
  close(): Promise<void>
}

/** The verifier as the Fastify plugin uses it. */
export interface PrincipalVerifier {
  /**
   * The principal of a token that is remembered. Undefined if `authenticate` must decide.
   * @param arrived when the request arrived, in milliseconds since the Unix epoch
   */
  recall(token: string, arrived: number): VerifiedPrincipal | undefined
  /** Verifies a token. Rejects as `Verifier.verify` does. */
  authenticate(token: string, arrived: number): Promise<VerifiedPrincipal>
  close(): Promise<void>
}

const TYPE = 'at+jwt'
/** Node.js accepts 16 KiB of headers. */
const MAX_TOKEN_LENGTH = 16_384

/**
 * Creates a verifier. It fetches the keys with the first token. With `revocations`, it keeps a
 * connection to the service until `close` is called.
 * @throws TypeError that names the option that is wrong or unknown
 *
 * @example
 * import { createVerifier } from 'tacit-auth/verifier'
 *
 * const verifier = createVerifier({ issuer: 'https://auth.example.com', audience: 'movies' })
 * const { sub, role } = await verifier.verify(token)
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const settings = readVerifierOptions(options)
  const { authenticate, close } = createPrincipalVerifier(settings)
  return {
    verify: async (token) => (await authenticate(token, settings.clock.now())).claims,
    close,
  }
}

export function createPrincipalVerifier(settings: VerifierSettings): PrincipalVerifier {
  const { issuer, audience, toleranceMs } = settings
  const verified = createCache<Remembered>(settings.cacheSize)
  const closing = new AbortController()
  const keys = createKeys(settings, { closing: closing.signal, onChanged: () => verified.clear() })
  const revocations =
    settings.revocations === undefined
      ? noRevocationCheck
      : createRevocationCheck(settings, settings.revocations)
  const pinned: JWTVerifyOptions = {
    ...{ issuer, audience, algorithms: [...settings.algorithms], typ: TYPE },
    requiredClaims: ['iss', 'aud', 'exp'],
    clockTolerance: toleranceMs / 1_000,
  }

  function find(token: string, arrived: number): Remembered | undefined {
    keys.refresh()
    const remembered = verified.get(token)
    return remembered !== undefined && arrived - toleranceMs < remembered.facts.expiresAt
      ? remembered
      : undefined
  }

  async function verifySignature(token: string, arrived: number): Promise<Remembered> {
    const options = { ...pinned, currentDate: new Date(arrived) }
    let claims: AccessClaims | null
    try {
      claims = readAccessClaims((await verifyWithKeys(token, options)).payload)
    } catch (error) {
      throw refusalOf(error)
    }
    if (claims === null) throw new AuthError('TOKEN_INVALID')
    // Another request may have verified the token meanwhile, and asked about it.
    const known = verified.get(token)
    if (known !== undefined) return known
    const principal = createVerifiedPrincipal(Object.freeze(claims))
    const { sid, userId, expiresAt } = principal
    const remembered = { principal, facts: { sid, userId, expiresAt, issuedAt: claims.iat * 1_000 } }
    verified.set(token, remembered)
    return remembered
  }

  async function verifyWithKeys(token: string, options: JWTVerifyOptions): ReturnType<typeof jwtVerify> {
    try {
      return await jwtVerify(token, findKey, options)
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
      // Several keys have the same name: each is a key of the issuer.
      for await (const key of error) {
        try {
          return await jwtVerify(token, key, options)
        } catch (failed) {
          if (!(failed instanceof errors.JWSSignatureVerificationFailed)) throw failed
        }
      }
      throw new AuthError('TOKEN_INVALID')
    }
  }

  const findKey: Parameters<typeof jwtVerify>[1] = (header, token) => {
    // Without a name, any key that fits would be tried.
    if (typeof header.kid !== 'string') throw new AuthError('TOKEN_INVALID')
    return keys.find(header, token)
  }

  return {
    recall(token, arrived) {
      const remembered = find(token, arrived)
      if (remembered === undefined || closing.signal.aborted) return undefined
      return revocations.isTrusted(remembered) ? remembered.principal : undefined
    },

    async authenticate(token, arrived) {
      if (typeof token !== 'string' || token === '') throw new AuthError('TOKEN_MISSING')
      if (token.length > MAX_TOKEN_LENGTH) throw new AuthError('TOKEN_INVALID')
      // A closed verifier hears of no revocation.
      if (closing.signal.aborted) throw new AuthError('VERIFIER_UNAVAILABLE')
      const remembered = find(token, arrived) ?? (await verifySignature(token, arrived))
      await revocations.confirm(token, remembered)
      return remembered.principal
    },

    async close() {
      closing.abort(new Error('the verifier was closed'))
      await revocations.close()
    },
  }
}

/** The client must not learn which check failed, except that the token has expired. */
function refusalOf(error: unknown): AuthError {
  if (error instanceof AuthError) return error
  const hasExpired = error instanceof errors.JWTExpired && readAccessClaims(error.payload) !== null
  return new AuthError(hasExpired ? 'TOKEN_EXPIRED' : 'TOKEN_INVALID')
}
