/**
 * The receipts of a generation: its first use, and later the proof that the client received it.
 *
 * Threat: another party proves receipt instead of the session's client, or a thief with an older
 * token is never detected.
 * Guarantee: each receipt is written once a generation. In a session by cookies, only the cookie
 * counts. A bearer token may come from an upstream that was given it, and proves nothing about the
 * browser.
 * Limits: a failed write is repeated by a later request. Until then the older refresh token stays
 * valid.
 * Source: docs/rotation.md.
 */
import type { SessionStore } from '../store/sessions.ts'
import type { CachedPrincipal } from './principal-cache.ts'

/** How the access token was sent: in the cookie, or in an `Authorization` header. */
export type Carrier = 'cookie' | 'bearer'

export interface Receipts {
  /** Whether a request must record a receipt. Most requests cost two comparisons. */
  isDue(cached: CachedPrincipal, arrived: number, carrier: Carrier): boolean
  /**
   * Records the receipts that are due. Never rejects. Waits for the proof of receipt, but not for
   * the first use.
   */
  record(cached: CachedPrincipal, arrived: number, carrier: Carrier): Promise<void>
}

/** Delay before a failed write of the first use is tried again. */
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
      // Without the proof, the previous token only stays valid for longer. The next request tries
      // again.
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
      // The proof of receipt includes the use.
      if (cached.isUseDue && !isProof) markUsed(cached, arrived)
      if (isProof) await confirm(cached, arrived)
      cached.dueFrom = cached.receiptProvableFrom
    },
  }
}
