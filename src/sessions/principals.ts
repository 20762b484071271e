/**
 * Who is calling: access tokens that have been verified, remembered.
 *
 * A remembered token costs a look-up instead of a signature and a row. What may have ended or changed since is told by
 * the store's change feed, which is read before every look-up: nothing is answered from memory that the feed has
 * not vouched for. The map is only a cache. Whatever it has forgotten is verified again from scratch.
 */
import { LRUCache } from 'lru-cache'
import type { ChangeFeed, SessionChange } from '../store/changes.ts'
import type { Session } from '../store/sessions.ts'
import type { User } from '../store/users.ts'
import { createNewest } from './newest.ts'

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
  /** From when on a request with this token has something to record; infinite when there is nothing left. */
  dueFrom: number
  /** Whether the use of its generation is still to be written. */
  isUseDue: boolean
  /** From when on this token proves the receipt of its generation; infinite when there is nothing to prove. */
  receiptProvableFrom: number
}

/** How an access token came: in the cookie, or in an `Authorization` header. */
export type Carrier = 'cookie' | 'bearer'

/** A principal as it was found when the request arrived. */
export interface Recalled {
  readonly principal: Principal
  /** Milliseconds since the Unix epoch. */
  readonly arrived: number
  readonly carrier: Carrier
  readonly ticket: number
}

export interface Principals {
  /** The principal of a token that was verified before and has neither expired nor been ended since. */
  find(token: string, arrived: number): Principal | undefined
  /** To be asked for before reading what a principal is made of, and handed to `remember`. */
  ticket(): number
  /** Whether the feed has told of no change since the ticket was drawn. */
  isUnchangedSince(ticket: number): boolean
  /** Keeps a principal, unless the feed told of a change since the ticket was drawn. */
  remember(token: string, principal: Principal, ticket: number): void
  /** What a session's newest refresh token was made of, while the feed vouches for it: see newest.ts. */
  findNewest(sid: string, refreshToken: string): Session | undefined
  /** Keeps it, as `remember` keeps a principal. */
  rememberNewest(refreshToken: string, session: Session, ticket: number): void
  readonly size: number
}

interface Remembered {
  readonly token: string
  readonly principal: Principal
}

/**
 * A token is looked up by its end, which is all signature: a map has to read a key from end to end, and a token is
 * eight times as long. What is found must then be the very same token.
 */
const KEY_LENGTH = 43
const keyOf = (token: string): string => token.slice(-KEY_LENGTH)

/** A session uses its newest, and perhaps the one before in another tab. */
const MOST_TOKENS_OF_A_SESSION = 4

/** @param capacity most tokens that are remembered */
export function createPrincipals(feed: ChangeFeed, capacity = 100_000): Principals {
  const remembered = new LRUCache<string, Remembered>({
    max: capacity,
    dispose({ principal }, key, reason) {
      if (reason === 'evict') unlist(key, principal)
    },
  })
  /** The tokens of a session, and the sessions of an account, of which any are remembered. */
  const keysOf = new Map<string, string[]>()
  const sidsOf = new Map<string, string[]>()
  const newest = createNewest(capacity)
  let changesSeen = 0

  function follow(): void {
    const changed = feed.changedSessions()
    if (changed.length === 0) return
    changesSeen += 1
    if (changed === 'everything') {
      remembered.clear()
      keysOf.clear()
      sidsOf.clear()
      newest.clear()
      return
    }
    for (const change of changed) forget(change)
  }

  function forget({ of, id }: SessionChange): void {
    // The row of a session says nothing of its account: the newest refresh tokens stay.
    const sids = of === 'user' ? (sidsOf.get(id) ?? []) : [id]
    for (const sid of sids) forgetTokens(sid)
    if (of === 'session') newest.forget(id)
  }

  function forgetTokens(sid: string): void {
    for (const key of keysOf.get(sid) ?? []) {
      const { principal } = remembered.get(key) as Remembered
      remembered.delete(key)
      unlist(key, principal)
    }
  }

  function list(key: string, { sid, userId }: Principal): string[] {
    const keys = keysOf.get(sid)
    if (keys === undefined) addTo(sidsOf, userId, sid)
    return addTo(keysOf, sid, key)
  }

  function unlist(key: string, { sid, userId }: Principal): void {
    if (takeFrom(keysOf, sid, key)) takeFrom(sidsOf, userId, sid)
  }

  return {
    find(token, arrived) {
      follow()
      const key = keyOf(token)
      const found = remembered.get(key)
      if (found === undefined || found.token !== token) return undefined
      if (arrived < found.principal.expiresAt) return found.principal
      remembered.delete(key)
      unlist(key, found.principal)
      return undefined
    },

    ticket: () => changesSeen,

    isUnchangedSince(ticket) {
      follow()
      return ticket === changesSeen
    },

    remember(token, principal, ticket) {
      const key = keyOf(token)
      // A change that nobody has asked for yet will be told at the next look-up, and finds the principal there.
      if (ticket !== changesSeen || remembered.has(key)) return
      remembered.set(key, { token, principal })
      const keys = list(key, principal)
      if (keys.length > MOST_TOKENS_OF_A_SESSION) remembered.delete(keys.shift() as string)
    },

    findNewest(sid, refreshToken) {
      follow()
      return newest.find(sid, refreshToken)
    },

    rememberNewest(refreshToken, session, ticket) {
      if (ticket === changesSeen) newest.remember(refreshToken, session)
    },

    get size() {
      return remembered.size
    },
  }
}

/** Lists are of a few entries each. @returns the list with what was added */
function addTo(lists: Map<string, string[]>, name: string, entry: string): string[] {
  const list = lists.get(name) ?? []
  list.push(entry)
  lists.set(name, list)
  return list
}

/** @returns whether the list is empty, and gone */
function takeFrom(lists: Map<string, string[]>, name: string, entry: string): boolean {
  const left = (lists.get(name) as string[]).filter((other) => other !== entry)
  if (left.length > 0) lists.set(name, left)
  else lists.delete(name)
  return left.length === 0
}
