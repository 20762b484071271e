/**
 * Sessions from sign-in to end.
 */
import type { Roles } from '../access/roles.ts'
import type { Client, Events } from '../audit/events.ts'
import type { RefusalEvents } from '../audit/refusal-events.ts'
import type { Clock } from '../clock.ts'
import { AuthError } from '../errors.ts'
import { type AccessTokenCodec, readAccessClaims, timeliness } from '../protocol/access-token.ts'
import { type RefreshTokens, readRefreshToken } from '../protocol/refresh-token.ts'
import { endReason } from '../protocol/rotation.ts'
import type { Session, SessionStore, SessionWithUser } from '../store/sessions.ts'
import type { User } from '../store/users.ts'
import { endedError, mayStillRead } from './ended.ts'
import { createEndings, type Endings } from './endings.ts'
import { createGrants, type Grant, type SessionSettings } from './grants.ts'
import { firstGeneration, successorOf } from './new-session.ts'
import type { Carrier, Principal, Principals, Recalled } from './principals.ts'
import { createReceipts } from './receipts.ts'
import { createRecheck, type Recheck } from './recheck.ts'
import { createRefresh, type Refresh } from './refresh.ts'

export interface SessionsOptions {
  readonly roles: Roles
  readonly store: SessionStore
  readonly clock: Clock
  readonly refreshTokens: RefreshTokens
  readonly accessTokens: AccessTokenCodec
  readonly principals: Principals
  readonly events: Events
  readonly refusalEvents: RefusalEvents
  readonly settings: SessionSettings
}

export interface StartOptions {
  readonly remember: boolean
  /** Whether its tokens are given out as cookies. */
  readonly isByCookie: boolean
  readonly client: Client
  /** Keys of the counts of failures that the proof takes back. */
  readonly clearFailures?: readonly Buffer[]
}

export interface Sessions extends Refresh, Endings, Recheck {
  /**
   * Begins a session for somebody who has just proved who they are, and ends those that are then too many.
   * Rejects with LOGIN_FAILED when the account was disabled, deleted or given another password since it was read.
   */
  start(user: User, options: StartOptions): Promise<Grant>
  /** A session for the place of another, and of the same sign-in: see new-session.ts. Nothing is stored. */
  successorOf(session: Session, client: Client): Session
  /** The right to the tokens of a session that was stored just now. @param ticket drawn before that */
  grantNew(stored: SessionWithUser, ticket: number): Grant
  /** Who an access token stands for, if that is remembered: neither the database nor a key is asked. */
  recall(accessToken: string, arrived: number, carrier: Carrier): Recalled | undefined
  /** To be drawn before anything is read of a caller that is to be known later in the request. */
  ticket(): number
  /** The principal that was recalled earlier in a request, unless something has changed or is left to be done for it. */
  stillKnown(recalled: Recalled | undefined): Principal | undefined
  /**
   * Who an access token stands for. Rejects with TOKEN_INVALID, TOKEN_EXPIRED or SESSION_ENDED.
   * @param isReading whether the request changes nothing: then a session that was just replaced still counts
   */
  authenticate(
    accessToken: string,
    arrived: number,
    carrier: Carrier,
    isReading?: boolean,
  ): Promise<Principal>
  /** Whether a grant is still the newest of a session that is still alive. */
  isCurrent(grant: Grant): Promise<boolean>
  /** Whether this process remembers a refresh token as the newest of its session. The database is not asked. */
  isNewest(refreshToken: string): boolean
  /** The session of an access token that is still good; null for any other token. */
  sessionOfAccessToken(accessToken: string, arrived: number): Promise<Session | null>
}

export function createSessions(options: SessionsOptions): Sessions {
  const { roles, store, clock, accessTokens, principals, events, settings } = options
  const grants = createGrants(options)
  const graceMs = settings.graceSeconds * 1_000
  const refresh = createRefresh({
    ...options,
    grants,
    graceMs,
    settleMs: settings.settleSeconds * 1_000,
  })
  const receipts = createReceipts(store)

  async function verify(accessToken: string, arrived: number, isReading = false): Promise<Principal> {
    const claims = readAccessClaims(accessTokens.verify(accessToken))
    if (claims === null) throw new AuthError('TOKEN_INVALID')
    const time = timeliness(claims, arrived)
    if (time === 'premature') throw new AuthError('TOKEN_INVALID')
    const named = { sid: claims.sid, userId: claims.sub }
    if (time === 'expired') throw new AuthError('TOKEN_EXPIRED', { session: named })

    const ticket = principals.ticket()
    const found = await store.findSession(claims.sid)
    if (found === undefined || found.user.id !== claims.sub) throw endedError('unknown', undefined, arrived)
    const ended = endReason(found.session, arrived)
    const isReplaced = isReading && mayStillRead(found.session, arrived, graceMs)
    if (ended !== null && !isReplaced) throw endedError(ended, found.session, arrived)
    // The account's rights changed after this token was made.
    const { role } = found.user
    if (role !== claims.role || roles.scopeOf(role) !== claims.scope)
      throw new AuthError('TOKEN_EXPIRED', { reason: 'stale', session: named })

    // The token tells the second of its issue: its end is on the safe side.
    const issuedAt = (claims.iat + 1) * 1_000
    const principal = grants.principal(found, claims.gen, issuedAt, claims.exp * 1_000)
    // Not remembered: what is remembered lets in any request.
    if (isReplaced) return principal
    principals.remember(accessToken, principal, ticket)
    return principal
  }

  /** Counted, and not recorded: it happens to everybody, all the time. */
  const counted = (grant: Grant): Grant => {
    events.count('refreshed')
    return grant
  }

  return {
    ...refresh,
    refresh: (...request) => refresh.refresh(...request).then(counted),
    ...createEndings(options),
    ...createRecheck(options),
    ticket: () => principals.ticket(),

    async start(user, { remember, isByCookie, client, clearFailures = [] }) {
      const ticket = principals.ticket()
      const now = clock.now()
      const expiresAt = now + settings.sessionTtlSeconds * 1_000
      const session: Session = {
        ...firstGeneration(now),
        userId: user.id,
        authenticatedAt: now,
        createdAt: now,
        remember,
        isByCookie,
        idleExpiresAt: grants.idleLimit({ remember, expiresAt }, now),
        expiresAt,
        ...client,
      }
      const signedIn = { userId: user.id, sid: session.id, client }
      const begun = await store.createSession(session, {
        passwordChangedAt: user.passwordChangedAt,
        maxSessions: settings.maxSessionsPerUser,
        clearFailures,
        event: events.rowOf('signed-in', signedIn),
      })
      if (begun === null) throw new AuthError('LOGIN_FAILED')
      events.announce('signed-in', signedIn)
      for (const sid of begun.ended) {
        await events.record('session-revoked', { userId: user.id, sid, client, reason: 'session-limit' })
      }
      // Not the account as it was proved: its role may have been taken away since.
      return grants.grant({ session, user: begun.user }, ticket, 'begun')
    },

    successorOf(session, client) {
      const now = clock.now()
      return successorOf(session, { now, idleLimit: grants.idleLimit(session, now), client })
    },

    grantNew: (stored, ticket) => grants.grant(stored, ticket, 'begun'),

    recall(accessToken, arrived, carrier) {
      const principal = principals.find(accessToken, arrived)
      return principal && { principal, arrived, carrier, ticket: principals.ticket() }
    },

    stillKnown(recalled) {
      if (recalled === undefined) return undefined
      const { principal, arrived, carrier, ticket } = recalled
      if (receipts.isDue(principal, arrived, carrier)) return undefined
      return principals.isUnchangedSince(ticket) ? principal : undefined
    },

    async authenticate(accessToken, arrived, carrier, isReading) {
      const principal =
        principals.find(accessToken, arrived) ?? (await verify(accessToken, arrived, isReading))
      return receipts.record(principal, arrived, carrier)
    },

    async isCurrent({ principal: { sid, generation } }) {
      return (await store.currentGeneration(sid, clock.now())) === generation
    },

    isNewest(refreshToken) {
      const claim = readRefreshToken(refreshToken)
      return claim !== null && principals.findNewest(claim.sid, refreshToken) !== undefined
    },

    async sessionOfAccessToken(accessToken, arrived) {
      try {
        const known = principals.find(accessToken, arrived) ?? (await verify(accessToken, arrived))
        return known.session
      } catch (error) {
        if (error instanceof AuthError && error.statusCode === 401) return null
        throw error
      }
    },
  }
}
