/**
 * Ends sessions, and records each end as an event. The command line uses it as well, without a
 * signed-in caller.
 */

import { createAuthorities } from '../access/authority.ts'
import type { Roles } from '../access/roles.ts'
import type { Actor, Client, EventDetails, Events } from '../audit/events.ts'
import type { Clock } from '../clock.ts'
import { AuthError } from '../errors.ts'
import { endReason } from '../protocol/rotation.ts'
import { type SessionInfo, toSessionInfo } from '../store/session-info.ts'
import type { RevokedReason, SessionStore } from '../store/sessions.ts'

export interface EndingsOptions {
  readonly store: SessionStore
  readonly clock: Clock
  readonly events: Events
  readonly roles: Roles
}

export interface Endings {
  /** Ends a session and records the event. Does nothing if the session has already ended. */
  end(session: Pick<SessionInfo, 'id' | 'userId'>, reason: RevokedReason, client?: Client): Promise<void>
  /** Ends one of the user's own sessions. Rejects with NOT_FOUND for any other session. */
  endOwn(userId: string, sid: string, client: Client): Promise<void>
  /**
   * Ends all sessions of a user except `keepSid`.
   * @returns the number of sessions that were ended
   */
  endAll(userId: string, keepSid: string | null, reason: RevokedReason, client?: Client): Promise<number>
  /**
   * Ends one session of an account for an administrator, or all of them if `sid` is undefined.
   * Rejects with NOT_FOUND if the account does not exist or the session is not its own. Rejects
   * with ACCESS_FORBIDDEN if the account's role permits more than the actor's role. Rejects with
   * SESSION_ENDED or PASSWORD_CHANGE_REQUIRED if the actor is no longer authorised.
   */
  endFor(userId: string, sid: string | undefined, by: Actor): Promise<void>
  /** The user's live sessions, the latest seen first. */
  list(userId: string): Promise<SessionInfo[]>
  /** The session with this id; null if it has ended or never existed. */
  find(sid: string): Promise<SessionInfo | null>
}

type From = Pick<EventDetails, 'client' | 'actorId'>

export function createEndings(options: EndingsOptions): Endings {
  const { store, clock, events } = options
  const authorities = createAuthorities(options)

  async function end(
    { id: sid, userId }: Pick<SessionInfo, 'id' | 'userId'>,
    reason: RevokedReason,
    from: From,
  ) {
    if (!(await store.endSession(sid, reason, clock.now()))) return
    const type = reason === 'logout' ? 'signed-out' : 'session-revoked'
    await events.record(type, { userId, sid, ...from, reason })
  }

  async function endFor(userId: string, sid: string | undefined, by: Actor): Promise<void> {
    const reason = 'ended-by-administrator'
    const ending = { userId, sid, reason, at: clock.now() } as const
    const outcome = await store.endSessionsFor(ending, authorities.of(by, 'sessions:end'))
    if (outcome.kind !== 'ended') throw await authorities.refusal(outcome.kind, userId, by)
    const from = { actorId: by.userId, client: by.client }
    for (const ended of outcome.sids)
      await events.record('session-revoked', { userId, sid: ended, ...from, reason })
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
    endFor,
    endAll: (userId, keepSid, reason, client) => endEach(userId, keepSid, reason, { client }),
    list: async (userId) => (await store.listSessions(userId, clock.now())).map(toSessionInfo),
    async find(sid) {
      const found = await store.findSession(sid)
      const isAlive = found !== undefined && endReason(found.session, clock.now()) === null
      return isAlive ? toSessionInfo(found.session) : null
    },
  }
}
