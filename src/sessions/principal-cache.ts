/**
 * The principals of verified access tokens.
 *
 * A cache hit costs a look-up instead of a signature check and a read of a row. The change feed of
 * the store reports which sessions have ended or changed. The cache reads the feed before every
 * look-up and drops the entries that a change concerns. An access token that is not in the cache is
 * verified completely.
 */
import { createCache } from '../cache.ts'
import type { ChangeFeed, SessionChange } from '../store/changes.ts'
import type { SessionRow } from '../store/sessions.ts'
import type { Principal } from './principal.ts'
import { createRefreshTokenCache } from './refresh-token-cache.ts'

/**
 * A principal, and the receipts that a request with its access token must record: see receipts.ts.
 * Times are milliseconds since the Unix epoch.
 */
export interface CachedPrincipal {
  readonly principal: Principal
  /** When the next receipt is due; infinite if none is left. */
  dueFrom: number
  /** Whether the first use of the token's generation must still be recorded. */
  isUseDue: boolean
  /**
   * From when this token proves the receipt of its generation; infinite if nothing is left to
   * prove.
   */
  receiptProvableFrom: number
}

export interface PrincipalCache {
  /**
   * The entry of a verified token. Undefined if the token has expired or its session has changed.
   */
  find(token: string, arrived: number): CachedPrincipal | undefined
  /**
   * The number of changes that the feed has reported. Take it before a row is read, and pass it to
   * `remember` with the entry made from that row.
   */
  feedVersion(): number
  /** Whether the feed has reported no change since this version. */
  isUnchangedSince(feedVersion: number): boolean
  /** Adds an entry, unless the feed has reported a change since this version. */
  remember(token: string, cached: CachedPrincipal, feedVersion: number): void
  /** Removes every entry: a key that signed tokens was withdrawn. */
  forgetAll(): void
  /**
   * The row behind a session's newest refresh token. Undefined if a change concerns the row: see
   * refresh-token-cache.ts.
   */
  findRefreshToken(sid: string, refreshToken: string): SessionRow | undefined
  /** Adds a row under the same condition as `remember`. */
  rememberRefreshToken(refreshToken: string, session: SessionRow, feedVersion: number): void
  readonly size: number
}

interface Remembered {
  readonly token: string
  readonly cached: CachedPrincipal
}

/**
 * The key is the end of the token, which lies in its signature: hashing a whole token is eight
 * times the work. An entry is then compared with the whole token.
 */
const KEY_LENGTH = 43
const keyOf = (token: string): string => token.slice(-KEY_LENGTH)

/** A session uses its newest token, and perhaps the previous one in another tab. */
const MAX_TOKENS_PER_SESSION = 4

/** @param capacity maximum number of access tokens */
export function createPrincipalCache(feed: ChangeFeed, capacity = 100_000): PrincipalCache {
  const remembered = createCache<Remembered>(capacity, ({ cached }, key) => unlist(key, cached.principal))
  /** The keys of each session that has entries, and the sessions of each account that has any. */
  const keysOf = new Map<string, string[]>()
  const sidsOf = new Map<string, string[]>()
  const newest = createRefreshTokenCache(capacity)
  let changesSeen = 0

  function follow(): void {
    const changed = feed.changedSessions()
    if (changed.length === 0) return
    changesSeen += 1
    if (changed === 'everything') forgetAll()
    else for (const change of changed) forget(change)
  }

  function forgetAll(): void {
    remembered.clear()
    keysOf.clear()
    sidsOf.clear()
    newest.clear()
  }

  function forget({ of, id }: SessionChange): void {
    // A session row holds nothing of the account, so a change of the account keeps refresh tokens.
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
      // If the feed has not reported a change yet, the next look-up reads it and drops the entry.
      if (feedVersion !== changesSeen || remembered.has(key)) return
      remembered.set(key, { token, cached })
      const keys = list(key, cached.principal)
      if (keys.length > MAX_TOKENS_PER_SESSION) remembered.delete(keys.shift() as string)
    },

    forgetAll() {
      // A token that is being verified now must not be added afterwards.
      changesSeen += 1
      forgetAll()
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

/**
 * Each list has only a few entries.
 * @returns the list with the new entry
 */
function addTo(lists: Map<string, string[]>, name: string, entry: string): string[] {
  const list = lists.get(name) ?? []
  list.push(entry)
  lists.set(name, list)
  return list
}

/**
 * Removes an entry, and the list if it becomes empty.
 * @returns whether the list was removed
 */
function takeFrom(lists: Map<string, string[]>, name: string, entry: string): boolean {
  const left = (lists.get(name) as string[]).filter((other) => other !== entry)
  if (left.length > 0) lists.set(name, left)
  else lists.delete(name)
  return left.length === 0
}
