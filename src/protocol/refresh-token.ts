/**
 * Refresh tokens: derived from the session's seed, never stored.
 *
 * Threat: an attacker reads the database or learns the secret and forges tokens, or alters a token.
 * Guarantee: a token verifies only if this server issued it for that session and generation. The
 * MAC's key is the secret, and its input contains the session's 256-bit seed. A forger needs both.
 * Limits: a valid MAC does not say whether the token is still accepted. rotation.ts decides that.
 * Source: HMAC (RFC 2104), domain separation as in HKDF (RFC 5869).
 *
 * Layout before base64url: version (1 byte) | session id (16) | generation (5, big endian) | MAC
 * (32). 54 bytes are a multiple of three, so each token has exactly one base64url spelling.
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
const BASE64URL = /^[A-Za-z0-9_-]+$/

/** The fields of a token whose MAC is not checked yet. Use them only to find the session's seed. */
export interface RefreshTokenClaim {
  /** Session id, base64url of 128 bits. */
  readonly sid: string
  /** An integer of 40 bits. */
  readonly generation: number
  /** The 22 bytes that the MAC covers: version, session id and generation. */
  readonly head: Buffer
  /** 32 bytes. */
  readonly mac: Buffer
}

/** Returns the fields of a token, or null if the text does not have a token's layout. */
export function readRefreshToken(token: string): RefreshTokenClaim | null {
  if (token.length !== TOKEN_LENGTH || !token.startsWith(PREFIX)) return null
  const encoded = token.slice(PREFIX.length)
  if (!BASE64URL.test(encoded)) return null
  const bytes = Buffer.from(encoded, 'base64url')
  if (bytes[0] !== VERSION) return null
  return {
    sid: bytes.toString('base64url', 1, 1 + SID_BYTES),
    generation: bytes.readUIntBE(1 + SID_BYTES, GENERATION_BYTES),
    head: bytes.subarray(0, HEAD_BYTES),
    mac: bytes.subarray(HEAD_BYTES),
  }
}

/** Derives and verifies refresh tokens. A `seed` has 32 bytes. */
export interface RefreshTokens {
  /** Returns the token of a generation. The token stays the same until the first secret changes. */
  derive(sid: string, generation: number, seed: Uint8Array): string
  /** Returns whether any secret of the ring signed the token. Compares MACs in constant time. */
  verify(claim: RefreshTokenClaim, seed: Uint8Array): boolean
}

/**
 * Creates the functions that derive and verify tokens.
 * @param keys subkeys of the secret ring, 32 bytes each: the first signs, all verify
 */
export function createRefreshTokens(keys: readonly [Uint8Array, ...Uint8Array[]]): RefreshTokens {
  // Created once: creating a key costs several times as much as one MAC.
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
