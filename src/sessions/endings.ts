/**
 * Ending sessions, and saying so. Nobody has to be signed in for it: the command line ends sessions as well.
 */
import type { Clock } from '../clock.ts'
import type { RevokedReason, Session, SessionStore } from '../db/store.ts'
import { AuthError } from '../errors.ts'
import type { Client, Events } from '../events.ts'

export interface EndingsOptions {
  readonly store: SessionStore
  readonly clock: Clock
  readonly events: Events
}

export interface Endings {
  /** Ends a session and records it; nothing happens when it has ended before. */
  end(session: Pick<Session, 'id' | 'userId'>, reason: RevokedReason, client?: Client): Promise<void>
  /** Ends one of the user's own sessions. Rejects with NOT_FOUND for any other. */
  endOwn(userId: string, sid: string, client: Client): Promise<void>
  /** Ends all of a user's sessions but `keepSid`. @returns how many */
  endAll(userId: string, keepSid: string | null, reason: RevokedReason, client?: Client): Promise<number>
  list(userId: string): Promise<Session[]>
}

export function createEndings({ store, clock, events }: EndingsOptions): Endings {
  async function end(
    { id: sid, userId }: Pick<Session, 'id' | 'userId'>,
    reason: RevokedReason,
    client?: Client,
  ) {
    if (!(await store.endSession(sid, reason, clock.now()))) return
    await events.record(reason === 'logout' ? 'signed-out' : 'session-revoked', {
      userId,
      sid,
      client,
      reason,
    })
  }

  return {
    end,

    async endOwn(userId, sid, client) {
      const own = (await store.listSessions(userId, clock.now())).find(({ id }) => id === sid)
      if (own === undefined) throw new AuthError('NOT_FOUND')
      await end(own, 'ended-by-user', client)
    },

    async endAll(userId, keepSid, reason, client) {
      const ended = await store.endSessionsOf(userId, reason, clock.now(), keepSid)
      for (const sid of ended) await events.record('session-revoked', { userId, sid, client, reason })
      return ended.length
    },

    list: (userId) => store.listSessions(userId, clock.now()),
  }
}
