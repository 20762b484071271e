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
import type { CachedPrincipal } from './principal-cache.ts'

/** How an access token came: in the cookie, or in an `Authorization` header. */
export type Carrier = 'cookie' | 'bearer'

export interface Receipts {
  /** Whether a request has something to record. Costs two comparisons at most requests. */
  isDue(cached: CachedPrincipal, arrived: number, carrier: Carrier): boolean
  /** Records what is due. Never rejects; waits for the proof of receipt, and not for the first use. */
  record(cached: CachedPrincipal, arrived: number, carrier: Carrier): Promise<void>
}

/** After a failed write of the first use, requests wait this long before the next attempt. */
const RETRY_AFTER_MS = 1_000

export function createReceipts(store: Pick<SessionStore, 'markUsed' | 'confirmSession'>): Receipts {
  function markUsed(cached: CachedPrincipal, arrived: number): void {
    const { sid, generation } = cached.principal
    cached.isUseDue = false
    store.markUsed(sid, generation, arrived).catch(() => {
      cached.isUseDue = true
      cached.dueFrom = Math.min(cached.dueFrom, arrived + RETRY_AFTER_MS)
    })
  }

  async function confirm(cached: CachedPrincipal, arrived: number): Promise<void> {
    const { sid, generation } = cached.principal
    cached.receiptProvableFrom = Number.POSITIVE_INFINITY
    try {
      await store.confirmSession(sid, generation, arrived)
    } catch {
      // Without the proof the previous token merely stays good for longer. The next request tries again.
      cached.receiptProvableFrom = arrived
    }
  }

  const isDue: Receipts['isDue'] = (cached, arrived, carrier) =>
    arrived >= cached.dueFrom && (carrier === 'cookie' || !cached.principal.session.isByCookie)

  return {
    isDue,
    async record(cached, arrived, carrier) {
      if (!isDue(cached, arrived, carrier)) return
      const isProof = arrived >= cached.receiptProvableFrom
      // The proof says more than the use does.
      if (cached.isUseDue && !isProof) markUsed(cached, arrived)
      if (isProof) await confirm(cached, arrived)
      cached.dueFrom = cached.receiptProvableFrom
    },
  }
}
