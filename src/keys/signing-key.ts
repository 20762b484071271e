/**
 * Which key signs access tokens is remembered, so that a change of SECRET_KEY can be looked up later.
 *
 * Threat: somebody puts a secret of their own in front of the ring, and nobody notices.
 * Guarantee: the first start with a key that has never signed on this database is an event, and names both keys.
 * What it does not do: notice that an older key signs again, or a key that only verifies. It keeps the names of keys, from
 * which nothing follows about the keys.
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

/** Never rejects: what cannot be noted now is noted by the next start. */
export async function recordSigningKey(kid: string, { store, clock, events, log }: SigningKeyOptions) {
  const rotated = (before: string) => events.rowOf('key-rotated', { reason: `${before} to ${kid}` })
  try {
    const event = await store.recordSigningKey(kid, clock.now(), rotated)
    if (event !== null) events.announce('key-rotated', { reason: event.reason as string })
  } catch (error) {
    log.error({ err: error }, 'which key signs could not be noted')
  }
}
