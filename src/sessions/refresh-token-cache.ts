/**
 * The newest refresh token that this process has issued for each session, and its row. A request
 * with this token rotates it without reading the row.
 *
 * A cache hit may only start a rotation. The compare-and-swap detects a stale entry. The row then
 * decides, as for every other verdict.
 */
import { timingSafeEqual } from 'node:crypto'
import { createCache } from '../cache.ts'
import type { SessionRow } from '../store/sessions.ts'

export interface RefreshTokenCache {
  /**
   * The row behind a token. Undefined unless the token is the newest one remembered for its
   * session.
   */
  find(sid: string, refreshToken: string): SessionRow | undefined
  remember(refreshToken: string, session: SessionRow): void
  forget(sid: string): void
  clear(): void
}

interface Remembered {
  readonly refreshToken: Buffer
  readonly session: SessionRow
}

/** @param capacity maximum number of sessions */
export function createRefreshTokenCache(capacity: number): RefreshTokenCache {
  const remembered = createCache<Remembered>(capacity)

  return {
    find(sid, refreshToken) {
      const newest = remembered.get(sid)
      if (newest === undefined) return undefined
      const presented = Buffer.from(refreshToken)
      const same =
        presented.length === newest.refreshToken.length && timingSafeEqual(presented, newest.refreshToken)
      return same ? newest.session : undefined
    },

    remember(refreshToken, session) {
      remembered.set(session.id, { refreshToken: Buffer.from(refreshToken), session })
    },

    forget(sid) {
      remembered.delete(sid)
    },
    clear: () => remembered.clear(),
  }
}
