/**
 * Encrypts private keys for the database.
 *
 * Threat: a copy of the database, such as a backup, is enough to sign tokens. A process that may
 * write to the database puts a key of its own among the keys, or exchanges two of them.
 * Guarantee: AES-256-GCM under a key that is derived from SECRET_KEY. The `kid` is additional
 * authenticated data. A row that was not written with the secret, or belongs to another `kid`, does
 * not open, so its public key is never published.
 * Limits: an attacker who has both the database and SECRET_KEY can sign tokens. Nonces are random:
 * a key seals a few rows, far below the 2^32 that NIST permits.
 * Source: NIST SP 800-38D sections 8.2.2 and 8.3, RFC 5116.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Ring } from './secrets.ts'

/** What opening a sealed key returns. */
export interface Opened {
  readonly plain: Buffer
  /** Whether an older secret of the ring sealed it. */
  readonly isOld: boolean
}

export interface Sealing {
  /** Returns nonce, ciphertext and tag. */
  seal(kid: string, plain: Buffer): Buffer
  /** Returns null if no secret of the ring opens it. */
  open(kid: string, sealed: Buffer): Opened | null
}

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** @param ring 32 bytes each: the first seals, all open */
export function createSealing(ring: Ring<Buffer>): Sealing {
  const [current] = ring
  return {
    seal(kid, plain) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv(CIPHER, current, nonce, { authTagLength: TAG_BYTES })
      cipher.setAAD(Buffer.from(kid))
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    },

    open(kid, sealed) {
      for (const key of ring) {
        const plain = openWith(key, kid, sealed)
        if (plain !== null) return { plain, isOld: key !== current }
      }
      return null
    },
  }
}

function openWith(key: Buffer, kid: string, sealed: Buffer): Buffer | null {
  if (sealed.length <= NONCE_BYTES + TAG_BYTES) return null
  try {
    const nonce = sealed.subarray(0, NONCE_BYTES)
    const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
    decipher.setAAD(Buffer.from(kid))
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()])
  } catch {
    return null
  }
}
