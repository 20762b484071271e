/**
 * Key pairs of access tokens: how they are made, named and read.
 *
 * Threat: a key set publishes a private member. A key is used with an algorithm that it was not
 * made for.
 * Guarantee: the public key is derived from the private one, and only the members of a public key
 * are copied. A key whose type or thumbprint does not fit its row is refused.
 * Limits: the private key is in the memory of the process.
 * Source: RFC 7517 section 9.2, RFC 7638, RFC 8725 section 3.1, RFC 8037 (Ed25519).
 */
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { JWK } from 'jose'
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'

/** The algorithms with key pairs (RFC 7518 section 3.1, RFC 8037 section 3.1). */
export const PAIR_ALGORITHMS = ['EdDSA', 'ES256', 'RS256'] as const
export type PairAlgorithm = (typeof PAIR_ALGORITHMS)[number]

/** A public key as the key set publishes it (RFC 7517). */
export interface PublicJwk {
  readonly kid: string
  readonly alg: PairAlgorithm
  readonly use: 'sig'
  readonly kty: string
  readonly crv?: string
  readonly x?: string
  readonly y?: string
  readonly n?: string
  readonly e?: string
}

/** A key pair in memory. The PEM texts are PKCS #8 and SPKI. */
export interface KeyPair {
  readonly kid: string
  readonly algorithm: PairAlgorithm
  readonly privatePem: string
  readonly publicPem: string
  readonly publicJwk: PublicJwk
}

const generate = promisify(generateKeyPair)

/** 2,048 bits are enough until 2030 (NIST SP 800-57 part 1, table 4). A longer key signs slower. */
const RSA_BITS = 2_048

const makers: Record<PairAlgorithm, () => Promise<{ privateKey: KeyObject }>> = {
  EdDSA: () => generate('ed25519', {}),
  ES256: () => generate('ec', { namedCurve: 'P-256' }),
  RS256: () => generate('rsa', { modulusLength: RSA_BITS }),
}

/** The members of a public key that RFC 7638 hashes. */
const MEMBERS: Record<PairAlgorithm, Readonly<Record<string, string | null>>> = {
  EdDSA: { kty: 'OKP', crv: 'Ed25519', x: null },
  ES256: { kty: 'EC', crv: 'P-256', x: null, y: null },
  RS256: { kty: 'RSA', n: null, e: null },
}

/** Makes a new key pair. */
export async function generatePair(algorithm: PairAlgorithm): Promise<KeyPair> {
  const { privateKey } = await makers[algorithm]()
  return (await toKeyPair(privateKey, algorithm)) as KeyPair
}

/** The private key in PKCS #8, for sealing. */
export const toBytes = ({ privatePem }: KeyPair): Buffer =>
  createPrivateKey(privatePem).export({ type: 'pkcs8', format: 'der' })

/**
 * Reads a private key from PKCS #8.
 * @returns null if it is no key of this algorithm, or its thumbprint is not `kid`
 */
export async function readPair(kid: string, algorithm: string, pkcs8: Buffer): Promise<KeyPair | null> {
  if (!isPairAlgorithm(algorithm)) return null
  try {
    const pair = await toKeyPair(createPrivateKey({ key: pkcs8, type: 'pkcs8', format: 'der' }), algorithm)
    return pair?.kid === kid ? pair : null
  } catch {
    return null
  }
}

export const isPairAlgorithm = (name: string): name is PairAlgorithm =>
  (PAIR_ALGORITHMS as readonly string[]).includes(name)

async function toKeyPair(privateKey: KeyObject, algorithm: PairAlgorithm): Promise<KeyPair | null> {
  const publicKey = createPublicKey(privateKey)
  const members = publicMembers(publicKey.export({ format: 'jwk' }) as Record<string, unknown>, algorithm)
  if (members === null) return null
  const kid = await calculateJwkThumbprint(members)
  return {
    kid,
    algorithm,
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }) as string,
    publicJwk: { ...members, kid, alg: algorithm, use: 'sig' },
  }
}

/** Copies the members of a public key by name. Null if the key is of another type. */
function publicMembers(
  jwk: Readonly<Record<string, unknown>>,
  algorithm: PairAlgorithm,
): (JWK & { kty: string }) | null {
  const entries = Object.entries(MEMBERS[algorithm]).map(([name, value]) => [
    name,
    value === null || value === jwk[name] ? jwk[name] : undefined,
  ])
  return entries.some(([, value]) => value === undefined) ? null : Object.fromEntries(entries)
}
