/**
 * Makes one-time tokens. store/one-time-tokens.ts says when a token is valid.
 *
 * Guarantee: a token has 256 random bits, and only its SHA-256 is stored. A fast hash is enough for
 * a value that cannot be guessed.
 */
import { createHash, randomBytes } from 'node:crypto'
import { v5 as uuidv5 } from 'uuid'

const TOKEN_BYTES = 32
/** A random name space of UUIDs. No account is in it: their ids are made of the time. */
const DECOYS = '6a3f1d8e-2c57-4b0e-9d41-7be2c1f0a835'

export interface NewToken {
  /** Base64url: 43 characters. */
  readonly token: string
  readonly hash: Buffer
}

export const hashOfToken = (token: string): Buffer => createHash('sha256').update(token).digest()

export function newToken(): NewToken {
  const token = randomBytes(TOKEN_BYTES).toString('base64url')
  return { token, hash: hashOfToken(token) }
}

/** An account that does not exist, always the same for an address. */
export const decoyOf = (emailKey: string): { id: string; email: null; locale: null } => ({
  id: uuidv5(emailKey, DECOYS),
  email: null,
  locale: null,
})
