/**
 * Ending sessions, and saying so. Nobody has to be signed in for it: the command line ends sessions as well.
 */
import type { Clock } from '../clock.ts'
import type { RevokedReason, Session, SessionStore } from '../db/store.ts'
import { AuthError } from '../errors.ts'
import type { Actor, Client, EventDetails, Events } from '../events.ts'

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
  /** As an administrator: ends one session of an account. Rejects with NOT_FOUND for any other. */
  endFor(userId: string, sid: string, by: Actor): Promise<void>
  /** As an administrator: ends every session of an account. @returns how many */
  endAllFor(userId: string, by: Actor): Promise<number>
  list(userId: string): Promise<Session[]>
}

type From = Pick<EventDetails, 'client' | 'actorId'>

const administrator = ({ userId, client }: Actor): From => ({ actorId: userId, client })

export function createEndings({ store, clock, events }: EndingsOptions): Endings {
  async function end({ id: sid, userId }: Pick<Session, 'id' | 'userId'>, reason: RevokedReason, from: From) {
    if (!(await store.endSession(sid, reason, clock.now()))) return
    const type = reason === 'logout' ? 'signed-out' : 'session-revoked'
    await events.record(type, { userId, sid, ...from, reason })
  }

  async function endOne(userId: string, sid: string, reason: RevokedReason, from: From) {
    const own = (await store.listSessions(userId, clock.now())).find(({ id }) => id === sid)
    if (own === undefined) throw new AuthError('NOT_FOUND')
    await end(own, reason, from)
  }

  async function endEach(userId: string, keepSid: string | null, reason: RevokedReason, from: From) {
    const ended = await store.endSessionsOf(userId, reason, clock.now(), keepSid)
    for (const sid of ended) await events.record('session-revoked', { userId, sid, ...from, reason })
    return ended.length
  }

  return {
    end: (session, reason, client) => end(session, reason, { client }),
    endOwn: (userId, sid, client) => endOne(userId, sid, 'ended-by-user', { client }),
    endFor: (userId, sid, by) => endOne(userId, sid, 'ended-by-administrator', administrator(by)),
    endAll: (userId, keepSid, reason, client) => endEach(userId, keepSid, reason, { client }),
    endAllFor: (userId, by) => endEach(userId, null, 'ended-by-administrator', administrator(by)),
    list: (userId) => store.listSessions(userId, clock.now()),
  }
}
