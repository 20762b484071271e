/**
 * The newest refresh token of each session that this process has handed one to, and the row it was made of: whoever
 * comes back with it need not be looked up before the row is changed.
 *
 * It never has the last word. What was remembered may lead to a rotation, whose compare-and-swap finds out whether the row
 * is still the same, and tells what it says now; everything else is decided by the row itself.
 */
import { timingSafeEqual } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Session } from '../store/sessions.ts'

export interface Newest {
  /** The row behind a token, when it is the very one that was remembered last for its session. */
  find(sid: string, refreshToken: string): Session | undefined
  remember(refreshToken: string, session: Session): void
  forget(sid: string): void
  clear(): void
}

interface Remembered {
  readonly refreshToken: Buffer
  readonly session: Session
}

/** @param capacity most sessions that are remembered */
export function createNewest(capacity: number): Newest {
  const remembered = new LRUCache<string, Remembered>({ max: capacity })

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
