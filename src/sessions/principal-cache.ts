/**
 * The principals of access tokens that have been verified.
 *
 * A cached token costs a look-up instead of a signature and a row. The change feed of the store tells which sessions have
 * ended or changed. The cache reads the feed before every look-up, and answers only with entries that no change
 * concerns. A token that is not in the cache is verified from scratch.
 */
import { LRUCache } from 'lru-cache'
import type { ChangeFeed, SessionChange } from '../store/changes.ts'
import type { SessionRow } from '../store/sessions.ts'
import type { Principal } from './principal.ts'
import { createRefreshTokenCache } from './refresh-token-cache.ts'

/**
 * A principal, and what a request with its access token still has to record: see receipts.ts. Times are milliseconds since
 * the Unix epoch.
 */
export interface CachedPrincipal {
  readonly principal: Principal
  /** From when on a request with this token has something to record; infinite when there is nothing left. */
  dueFrom: number
  /** Whether the use of the token's generation is still to be written. */
  isUseDue: boolean
  /** From when on this token proves the receipt of its generation; infinite when there is nothing to prove. */
  receiptProvableFrom: number
}

export interface PrincipalCache {
  /** The entry of a token that was verified before. Undefined if the token has expired or its session has changed. */
  find(token: string, arrived: number): CachedPrincipal | undefined
  /**
   * The number of changes that the feed has reported. A caller takes it before it reads a row, and hands it to `remember`
   * together with what it has made of the row.
   */
  feedVersion(): number
  /** Whether the feed has reported no change since it had this version. */
  isUnchangedSince(feedVersion: number): boolean
  /** Keeps an entry, unless the feed has reported a change since it had this version. */
  remember(token: string, cached: CachedPrincipal, feedVersion: number): void
  /** The row behind a session's newest refresh token, as long as no change concerns it: see refresh-token-cache.ts. */
  findRefreshToken(sid: string, refreshToken: string): SessionRow | undefined
  /** Keeps a row under the same condition as `remember`. */
  rememberRefreshToken(refreshToken: string, session: SessionRow, feedVersion: number): void
  readonly size: number
}

interface Remembered {
  readonly token: string
  readonly cached: CachedPrincipal
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
export function createPrincipalCache(feed: ChangeFeed, capacity = 100_000): PrincipalCache {
  const remembered = new LRUCache<string, Remembered>({
    max: capacity,
    dispose({ cached }, key, reason) {
      if (reason === 'evict') unlist(key, cached.principal)
    },
  })
  /** The tokens of a session, and the sessions of an account, of which any are remembered. */
  const keysOf = new Map<string, string[]>()
  const sidsOf = new Map<string, string[]>()
  const newest = createRefreshTokenCache(capacity)
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
      const { cached } = remembered.get(key) as Remembered
      remembered.delete(key)
      unlist(key, cached.principal)
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
      const { cached } = found
      if (arrived < cached.principal.expiresAt) return cached
      remembered.delete(key)
      unlist(key, cached.principal)
      return undefined
    },

    feedVersion: () => changesSeen,

    isUnchangedSince(feedVersion) {
      follow()
      return feedVersion === changesSeen
    },

    remember(token, cached, feedVersion) {
      const key = keyOf(token)
      // The next look-up reads a change that the feed has not reported yet, and removes the entry.
      if (feedVersion !== changesSeen || remembered.has(key)) return
      remembered.set(key, { token, cached })
      const keys = list(key, cached.principal)
      if (keys.length > MOST_TOKENS_OF_A_SESSION) remembered.delete(keys.shift() as string)
    },

    findRefreshToken(sid, refreshToken) {
      follow()
      return newest.find(sid, refreshToken)
    },

    rememberRefreshToken(refreshToken, session, feedVersion) {
      if (feedVersion === changesSeen) newest.remember(refreshToken, session)
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
