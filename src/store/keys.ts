/**
 * The contract of signing keys. The store knows their names, not the keys.
 */
import type { AuthEvent } from './events.ts'

export interface SigningKeyStore {
  /**
   * Notes the key that signs from now on. Where it never did before, and others did, the event that tells of it is
   * stored along with that: once, however many processes start with it.
   * @param toldAs the event, given the key that was taken up before
   * @returns that event; null when there was nothing to tell
   */
  takeUpSigningKey(kid: string, at: number, toldAs: (before: string) => AuthEvent): Promise<AuthEvent | null>
}
