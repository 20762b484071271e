/**
 * The contract of signing keys. The store keeps the ids of keys, not the keys.
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
