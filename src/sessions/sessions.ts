/** Sessions, from the sign-in to the end. */
import type { Roles } from '../access/roles.ts'
import type { Client, Events } from '../audit/events.ts'
import type { RefusalEvents } from '../audit/refusal-events.ts'
import type { Clock } from '../clock.ts'
import { AuthError } from '../errors.ts'
import type { MailNotices } from '../mail/notices.ts'
import type { AccessTokenCodec } from '../protocol/access-token.ts'
import { type RefreshTokens, readRefreshToken } from '../protocol/refresh-token.ts'
import type { Account } from '../store/account.ts'
import type { SessionInfo } from '../store/session-info.ts'
import type { SessionRow, SessionStore } from '../store/sessions.ts'
import type { MailFor, UserRow } from '../store/user-row.ts'
import { type Authentication, createAuthentication } from './authentication.ts'
import { createEndings, type Endings } from './endings.ts'
import { createInspection, type Inspection } from './inspection.ts'
import { createIssuances, type Issuance, type SessionSettings } from './issuance.ts'
import { firstGeneration, successorOf } from './new-session.ts'
import type { PrincipalCache } from './principal-cache.ts'
import { createRecheck, type Recheck } from './recheck.ts'
import { createRefresh, type Refresh } from './refresh.ts'

export interface SessionsOptions {
  readonly roles: Roles
  readonly store: SessionStore
  readonly clock: Clock
  readonly refreshTokens: RefreshTokens
  readonly accessTokens: AccessTokenCodec
  readonly principalCache: PrincipalCache
  readonly events: Events
  readonly refusalEvents: RefusalEvents
  readonly settings: SessionSettings
  /** See `IssuancesOptions`. */
  readonly jitter?: (() => number) | undefined
  readonly notices: Pick<MailNotices, 'sessionReused'>
}

export interface StartOptions {
  readonly remember: boolean
  /** Whether its tokens are issued as cookies. */
  readonly isByCookie: boolean
  readonly client: Client
  /** Keys of the failure counts to clear, because the password was right. */
  readonly clearFailures?: readonly Buffer[]
  /** The mail about the sign-in. */
  readonly mailFor?: MailFor | undefined
}

/**
 * Stores a session.
 * @returns the account at that time; null if the session was not stored
 */
export type SaveSuccessor = (successor: SessionRow) => Promise<UserRow | null>

export interface Sessions extends Refresh, Endings, Recheck, Authentication, Inspection {
  /**
   * Begins a session of an account whose password was just verified. Ends the oldest sessions
   * beyond the limit.
   * Rejects with LOGIN_FAILED if the account was disabled or deleted, or its password changed,
   * since it was read.
   */
  start(user: Pick<Account, 'id' | 'passwordChangedAt'>, options: StartOptions): Promise<Issuance>
  /**
   * Replaces a session by a new one after the same sign-in: see new-session.ts.
   * @param save stores the new session together with the change that needs it; null if the change
   * was refused
   * @returns null if nothing was stored
   */
  replace(session: SessionInfo, client: Client, save: SaveSuccessor): Promise<Issuance | null>
  /** Whether the session is still alive and the issuance still has its current generation. */
  isCurrent(issuance: Issuance): Promise<boolean>
  /** Whether this process knows a refresh token as the newest of its session. Reads no row. */
  isNewest(refreshToken: string): boolean
}

export function createSessions(options: SessionsOptions): Sessions {
  const { store, clock, principalCache, events, settings } = options
  const issuances = createIssuances(options)
  const graceMs = settings.graceSeconds * 1_000
  const settleMs = settings.settleSeconds * 1_000
  const refresh = createRefresh({ ...options, issuances, graceMs, settleMs })
  const authentication = createAuthentication({ ...options, issuances, graceMs })

  /** Counted but not recorded as an event: every session refreshes all the time. */
  const counted = (issuance: Issuance): Issuance => {
    events.count('refreshed')
    return issuance
  }

  return {
    ...refresh,
    refresh: (...request) => refresh.refresh(...request).then(counted),
    ...createEndings(options),
    ...createRecheck(options),
    ...authentication,
    ...createInspection({ ...options, authentication, graceMs, settleMs }),

    async start(user, { remember, isByCookie, client, clearFailures = [], mailFor }) {
      const feedVersion = principalCache.feedVersion()
      const now = clock.now()
      const expiresAt = now + settings.sessionTtlSeconds * 1_000
      const session: SessionRow = {
        ...firstGeneration(now),
        userId: user.id,
        authenticatedAt: now,
        createdAt: now,
        remember,
        isByCookie,
        idleExpiresAt: issuances.idleLimit({ remember, expiresAt }, now),
        expiresAt,
        ...client,
      }
      const signedIn = { userId: user.id, sid: session.id, client }
      const begun = await store.createSession(session, {
        passwordChangedAt: user.passwordChangedAt,
        maxSessions: settings.maxSessionsPerUser,
        clearFailures,
        event: events.rowOf('signed-in', signedIn),
        mailFor,
      })
      if (begun === null) throw new AuthError('LOGIN_FAILED')
      events.announce('signed-in', signedIn)
      for (const sid of begun.ended) {
        await events.record('session-revoked', { userId: user.id, sid, client, reason: 'session-limit' })
      }
      // The account as it is stored now: its role may have changed since the password was verified.
      return issuances.issue({ session, user: begun.user }, feedVersion, 'begun')
    },

    async replace(replaced, client, save) {
      const now = clock.now()
      const idleLimit = issuances.idleLimit(replaced, now)
      const session = successorOf(replaced, { now, idleLimit, client })
      const feedVersion = principalCache.feedVersion()
      const user = await save(session)
      return user && issuances.issue({ session, user }, feedVersion, 'begun')
    },

    async isCurrent({ principal: { sid, generation } }) {
      return (await store.currentGeneration(sid, clock.now())) === generation
    },

    isNewest(refreshToken) {
      const claim = readRefreshToken(refreshToken)
      return claim !== null && principalCache.findRefreshToken(claim.sid, refreshToken) !== undefined
    },
  }
}
