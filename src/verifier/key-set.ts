/**
 * The keys of a JSON Web Key Set that may verify access tokens.
 *
 * Threat: a key set contains a symmetric key, an encryption key, or a private key.
 * Guarantee: only public keys for signatures are left. A private key in a key set is known to every
 * reader, so it is not used.
 * Limits: jose checks the size of a key, and that its `alg`, type and curve fit the token.
 * Source: RFC 7517, RFC 8725 section 3.5.
 */

interface Jwk {
  readonly kty?: unknown
  readonly use?: unknown
  readonly key_ops?: unknown
}

/** The members of private and symmetric keys (RFC 7518 section 6). */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']
const KEY_TYPES: readonly unknown[] = ['OKP', 'EC', 'RSA']

/**
 * Returns the usable keys.
 * @throws Error if it is no key set
 */
export function usableKeys(keySet: unknown): Jwk[] {
  const keys: unknown = (keySet as { keys?: unknown } | null)?.keys
  if (!Array.isArray(keys)) throw new Error('its answer is no key set')
  return keys.filter(isUsable)
}

function isUsable(key: unknown): key is Jwk {
  if (typeof key !== 'object' || key === null) return false
  const { kty, use, key_ops: operations } = key as Jwk
  if (!KEY_TYPES.includes(kty) || SECRET_MEMBERS.some((name) => name in key)) return false
  return (use === undefined || use === 'sig') && (operations === undefined || isForVerifying(operations))
}

const isForVerifying = (operations: unknown): boolean =>
  Array.isArray(operations) && operations.includes('verify')
