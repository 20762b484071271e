/**
 * What a request with a good access token tells of its generation: that it is used, and later that it was received.
 *
 * Threat: a party other than the session's client proves for it, or a thief on an older token is never noticed.
 * Guarantee: each is written once a generation. In a session by cookies only the cookie counts: an upstream that was
 * handed the access token, and sends it as a bearer, says nothing of what the browser holds.
 * Limits: a write that fails is tried again by a later request; until then the older token stays good.
 * Source: docs/rotation.md.
 */
import type { SessionStore } from '../store/sessions.ts'
import type { Carrier, Principal } from './principals.ts'

export interface Receipts {
  /** Whether a request has something to record. Costs two comparisons at most requests. */
  isDue(principal: Principal, arrived: number, carrier: Carrier): boolean
  /** Records what is due. Never rejects; waits for the proof of receipt, and not for the first use. */
  record(principal: Principal, arrived: number, carrier: Carrier): Promise<Principal>
}

/** A database that does not take the first use is not asked again at every request. */
const RETRY_AFTER_MS = 1_000

export function createReceipts(store: Pick<SessionStore, 'markUsed' | 'confirmSession'>): Receipts {
  const counts = ({ session }: Principal, carrier: Carrier) => carrier === 'cookie' || !session.isByCookie

  function markUsed(principal: Principal, arrived: number): void {
    principal.isUseDue = false
    store.markUsed(principal.sid, principal.generation, arrived).catch(() => {
      principal.isUseDue = true
      principal.dueFrom = Math.min(principal.dueFrom, arrived + RETRY_AFTER_MS)
    })
  }

  async function confirm(principal: Principal, arrived: number): Promise<void> {
    principal.receiptProvableFrom = Number.POSITIVE_INFINITY
    try {
      await store.confirmSession(principal.sid, principal.generation, arrived)
    } catch {
      // Without the proof the previous token merely stays good for longer. The next request tries again.
      principal.receiptProvableFrom = arrived
    }
  }

  const isDue: Receipts['isDue'] = (principal, arrived, carrier) =>
    arrived >= principal.dueFrom && counts(principal, carrier)

  return {
    isDue,
    async record(principal, arrived, carrier) {
      if (!isDue(principal, arrived, carrier)) return principal
      const isProof = arrived >= principal.receiptProvableFrom
      // The proof says more than the use does.
      if (principal.isUseDue && !isProof) markUsed(principal, arrived)
      if (isProof) await confirm(principal, arrived)
      principal.dueFrom = principal.receiptProvableFrom
      return principal
    },
  }
}
