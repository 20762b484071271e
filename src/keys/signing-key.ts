/**
 * Records which key signs access tokens, so that a change of SECRET_KEY can be found later.
 *
 * Threat: an attacker puts a secret in front of the ring, and the operator does not notice.
 * Guarantee: the first start with a key that has never signed on this database adds an event that
 * names both keys by their ids.
 * Limits: there is no event if an older key signs again, or for a key that only verifies. Ids of
 * keys do not reveal the keys.
 * Source: OWASP ASVS 5.0 V16.3.
 */

import type { Events, Log } from '../audit/events.ts'
import type { Clock } from '../clock.ts'
import type { SigningKeyStore } from '../store/keys.ts'

export interface SigningKeyOptions {
  readonly store: SigningKeyStore
  readonly clock: Clock
  readonly events: Pick<Events, 'rowOf' | 'announce'>
  readonly log: Pick<Log, 'error'>
}

/** Never rejects: if the key cannot be recorded now, the next start records it. */
export async function recordSigningKey(kid: string, { store, clock, events, log }: SigningKeyOptions) {
  const rotated = (before: string) => events.rowOf('key-rotated', { reason: `${before} to ${kid}` })
  try {
    const event = await store.recordSigningKey(kid, clock.now(), rotated)
    if (event !== null) events.announce('key-rotated', { reason: event.reason as string })
  } catch (error) {
    log.error({ err: error }, 'the signing key could not be recorded')
  }
}
