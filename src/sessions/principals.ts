/**
 * Who is calling: access tokens that have been verified, remembered.
 *
 * A remembered token costs a look-up instead of a signature and a row. What may have ended or changed since is told by
 * the store's change feed, which is read before every look-up: nothing is answered from memory that the feed has
 * not vouched for. The map is only a cache. Whatever it has forgotten is verified again from scratch.
 */
import type { ChangeFeed, Session, User } from '../db/store.ts'

export interface Principal {
  readonly userId: string
  readonly sid: string
  readonly role: string
  /** Permissions separated by spaces. */
  readonly scope: string
  readonly generation: number
  readonly user: User
  readonly session: Session
  /** When the access token ends, in milliseconds since the Unix epoch. */
  readonly expiresAt: number
  /** From when on this token proves the receipt of its generation; infinite when there is nothing to prove. */
  receiptProvableFrom: number
}

export interface Principals {
  /** The principal of a token that was verified before and has neither expired nor been ended since. */
  find(token: string, arrived: number): Principal | undefined
  /** To be asked for before reading what a principal is made of, and handed to `remember`. */
  ticket(): number
  /** Keeps a principal, unless the feed told of a change since the ticket was drawn. */
  remember(token: string, principal: Principal, ticket: number): void
  readonly size: number
}

/** @param capacity most tokens that are remembered; the one that was added first goes first */
export function createPrincipals(feed: ChangeFeed, capacity = 100_000): Principals {
  const byToken = new Map<string, Principal>()
  const tokensOf = new Map<string, string[]>()
  let changesSeen = 0

  function follow(): void {
    const changed = feed.changedSessions()
    if (changed.length === 0) return
    changesSeen += 1
    if (changed === 'everything') {
      byToken.clear()
      tokensOf.clear()
      return
    }
    for (const sid of changed) {
      for (const token of tokensOf.get(sid) ?? []) byToken.delete(token)
      tokensOf.delete(sid)
    }
  }

  function forget(token: string, sid: string): void {
    byToken.delete(token)
    const left = (tokensOf.get(sid) as string[]).filter((other) => other !== token)
    if (left.length === 0) tokensOf.delete(sid)
    else tokensOf.set(sid, left)
  }

  return {
    find(token, arrived) {
      follow()
      const principal = byToken.get(token)
      if (principal === undefined) return undefined
      if (arrived < principal.expiresAt) return principal
      forget(token, principal.sid)
      return undefined
    },

    ticket: () => changesSeen,

    remember(token, principal, ticket) {
      // A change that nobody has asked for yet will be told at the next look-up, and finds the principal there.
      if (ticket !== changesSeen || byToken.has(token)) return
      if (byToken.size >= capacity) {
        const [oldest, { sid }] = byToken.entries().next().value as [string, Principal]
        forget(oldest, sid)
      }
      byToken.set(token, principal)
      const tokens = tokensOf.get(principal.sid)
      if (tokens === undefined) tokensOf.set(principal.sid, [token])
      else tokens.push(token)
    },

    get size() {
      return byToken.size
    },
  }
}
