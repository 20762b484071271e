/**
 * The contract of signing keys. The store keeps the ids of the keys that SECRET_KEY gives, and key
 * pairs in sealed form. It cannot read a private key.
 */
import type { AuthEvent } from './events.ts'

/** The history of signing keys. */
export interface SigningKeyStore {
  /**
   * Records the key that signs from now on. If the key is new and another key signed before, the
   * same transaction adds an event. Several processes that start with the key add one event.
   * @param kid id of the key, as in the header of the tokens that it signs
   * @param at in milliseconds since the Unix epoch
   * @param reportAs returns the event, given the `kid` of the key that was recorded last
   * @returns the event that was added, or null
   * @throws AuthError STORE_UNAVAILABLE: see store.ts
   */
  recordSigningKey(
    kid: string,
    at: number,
    reportAs: (lastKid: string) => AuthEvent,
  ): Promise<AuthEvent | null>
}

/** A key pair. Times are milliseconds since the Unix epoch. */
export interface KeyPairRow {
  /** The thumbprint of the public key (RFC 7638): base64url of a SHA-256. */
  readonly kid: string
  /** Such as EdDSA: the `alg` of the tokens that the key signs. */
  readonly algorithm: string
  /** The private key, encrypted: see keys/sealing.ts. */
  readonly sealed: Buffer
  /** From when on the public key is published. */
  readonly createdAt: number
  /** From when on the key signs. Null for the next key, which is published and does not sign yet. */
  readonly signsFrom: number | null
  /** From when on the key is neither published nor accepted. Null until a successor is known. */
  readonly expiresAt: number | null
}

/** A change of the key that signs. */
export interface KeyPairRotation {
  /** The key with the latest `signsFrom` has to be this one; null if there is none yet. */
  readonly from: string | null
  /** The key that signs from `signsFrom` on. It is stored already or one of `added`. */
  readonly successor: string
  /** A key that was to sign from this time on, or later, does not sign any more. */
  readonly signsFrom: number
  /** New rows, whose `signsFrom` and `expiresAt` are null. */
  readonly added: readonly KeyPairRow[]
  /** When all other keys expire that have no end yet. */
  readonly othersExpireAt: number
  /** Deletes the keys that expired before this time. */
  readonly at: number
  /** Added in the same transaction. */
  readonly event?: AuthEvent | undefined
}

/** The key pairs that sign access tokens. Methods reject with AuthError STORE_UNAVAILABLE. */
export interface KeyPairStore {
  /** Returns every key pair, the oldest first. */
  listKeyPairs(): Promise<KeyPairRow[]>
  /**
   * Changes the key that signs. Of several processes that want the same change, one makes it.
   * @returns false, with nothing changed, if `from` is not the latest key any more
   */
  rotateKeyPairs(rotation: KeyPairRotation): Promise<boolean>
  /** Replaces the sealed form of a private key. Does nothing if the key is not stored any more. */
  resealKeyPair(kid: string, sealed: Buffer): Promise<void>
}
