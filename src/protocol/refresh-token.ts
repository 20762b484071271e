/**
 * Refresh tokens are computed, never stored.
 *
 * Threat: somebody reads the database, or learns the secret, and forges tokens; somebody alters a token.
 * Guarantee: a token verifies only if this server issued it for that session and generation. The secret is the MAC's key
 * and the session's own 256-bit seed is part of what it is computed over: forging a token takes both, so neither a
 * stolen database nor a leaked secret is enough.
 * What it does not do: say whether the token is still good. That is rotation.ts.
 * Source: HMAC (RFC 2104), domain separation as in HKDF (RFC 5869).
 *
 * Layout, before base64url: version (1 byte) | session id (16) | generation (5, big endian) | MAC (32). That makes 54
 * bytes, a multiple of three, so base64url has exactly one spelling for each token and no spare bits to flip.
 */
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'

const PREFIX = 'tacit_rt_'
const VERSION = 1
const SID_BYTES = 16
const GENERATION_BYTES = 5
const HEAD_BYTES = 1 + SID_BYTES + GENERATION_BYTES
const MAC_BYTES = 32
const TOKEN_LENGTH = PREFIX.length + ((HEAD_BYTES + MAC_BYTES) / 3) * 4
const DOMAIN = Buffer.from('tacit/refresh-token/v1\0')
const SHAPE = /^[A-Za-z0-9_-]+$/

/** What a token claims before its MAC has been checked: only good for finding the session's seed. */
export interface RefreshTokenClaim {
  /** Session id, base64url of 128 bits. */
  readonly sid: string
  readonly generation: number
  readonly head: Buffer
  readonly mac: Buffer
}

/** Takes a token apart, or returns null when it does not even have the shape of one. */
export function readRefreshToken(token: string): RefreshTokenClaim | null {
  if (token.length !== TOKEN_LENGTH || !token.startsWith(PREFIX)) return null
  const encoded = token.slice(PREFIX.length)
  if (!SHAPE.test(encoded)) return null
  const bytes = Buffer.from(encoded, 'base64url')
  if (bytes[0] !== VERSION) return null
  return {
    sid: bytes.toString('base64url', 1, 1 + SID_BYTES),
    generation: bytes.readUIntBE(1 + SID_BYTES, GENERATION_BYTES),
    head: bytes.subarray(0, HEAD_BYTES),
    mac: bytes.subarray(HEAD_BYTES),
  }
}

export interface RefreshTokens {
  /** The token of a session's generation: always the same bytes while the first secret stays. */
  derive(sid: string, generation: number, seed: Uint8Array): string
  /** Whether this server issued the token, under any secret of the ring. Constant time in the MAC. */
  verify(claim: RefreshTokenClaim, seed: Uint8Array): boolean
}

/** @param keys subkeys of the secret ring, 32 bytes each: the first signs, all verify */
export function createRefreshTokens(keys: readonly [Uint8Array, ...Uint8Array[]]): RefreshTokens {
  // Prepared once: making a key costs several times what using it does.
  const [current, ...older] = keys
  const signing = createSecretKey(current)
  const verifying = [signing, ...older.map((key) => createSecretKey(key))]

  return {
    derive(sid, generation, seed) {
      const token = Buffer.alloc(HEAD_BYTES + MAC_BYTES)
      token[0] = VERSION
      token.write(sid, 1, SID_BYTES, 'base64url')
      token.writeUIntBE(generation, 1 + SID_BYTES, GENERATION_BYTES)
      mac(signing, seed, token.subarray(0, HEAD_BYTES)).copy(token, HEAD_BYTES)
      return PREFIX + token.toString('base64url')
    },

    verify(claim, seed) {
      let matches = false
      for (const key of verifying) {
        if (timingSafeEqual(mac(key, seed, claim.head), claim.mac)) matches = true
      }
      return matches
    },
  }
}

function mac(key: KeyObject, seed: Uint8Array, head: Uint8Array): Buffer {
  return createHmac('sha256', key)
    .update(Buffer.concat([DOMAIN, seed, head]))
    .digest()
}
