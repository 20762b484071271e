/**
 * Authentication by access token, in two steps. A request is recognised when its head arrives, from
 * memory alone. It is authenticated before its handler runs.
 *
 * Threat: an access token is accepted although it is forged or expired, its session has ended, or
 * its role was taken away.
 * Guarantee: a cache entry is used only while the change feed has reported no change of its
 * session. For every other token, the signature is verified and the row of its session is read.
 * Limits: a stolen access token is accepted until it expires or its session ends.
 * Source: RFC 9068 section 4, docs/rotation.md.
 */
import type { Roles } from '../access/roles.ts'
import {
  type AccessClaims,
  type AccessTokenCodec,
  readAccessClaims,
  timeliness,
} from '../protocol/access-token.ts'
import { endReason } from '../protocol/rotation.ts'
import { type SessionInfo, toSessionInfo } from '../store/session-info.ts'
import type { SessionStore } from '../store/sessions.ts'
import type { UserRow } from '../store/user-row.ts'
import type { AuthenticationResult, TokenRefusal } from './authentication-result.ts'
import { endedSession, mayStillRead } from './ended.ts'
import type { Issuances } from './issuance.ts'
import type { Principal } from './principal.ts'
import type { CachedPrincipal, PrincipalCache } from './principal-cache.ts'
import { type Carrier, createReceipts } from './receipts.ts'

/** A caller, and the version of the change feed before any row of the caller was read. */
export interface Identified {
  readonly principal: Principal
  readonly feedVersion: number
}

/** The caller that the cache had for an access token when the request arrived. */
export interface Recognition extends Identified {
  readonly cached: CachedPrincipal
  /** Milliseconds since the Unix epoch. */
  readonly arrived: number
  readonly carrier: Carrier
}

export interface Authentication {
  /**
   * Looks the access token up in the cache. Returns null if it is not there. Reads no row and
   * verifies no signature.
   */
  recognise(accessToken: string, arrived: number, carrier: Carrier): Recognition | null
  /**
   * The principal of a recognised request. Undefined if any session has changed since, or if a
   * receipt must be recorded.
   */
  revalidate(recognition: Recognition | null): Principal | undefined
  /** The version of the change feed. Take it before any row of the caller is read. */
  feedVersion(): number
  /**
   * Verifies an access token and records its receipt. Rejects only if the store is unavailable.
   * @param arrived when the request's head arrived, in milliseconds since the Unix epoch
   * @param isReading whether the request changes nothing: then a session that was just replaced is
   * still accepted
   */
  authenticate(
    accessToken: string,
    arrived: number,
    carrier: Carrier,
    isReading?: boolean,
  ): Promise<AuthenticationResult>
  /** The principal of a valid access token; null for any other token. Records no receipt. */
  principalOf(accessToken: string, arrived: number): Promise<Principal | null>
  /**
   * The session of an access token that is valid, or was valid until the role changed; null for any
   * other token.
   */
  sessionOfAccessToken(accessToken: string, arrived: number): Promise<SessionInfo | null>
}

export interface AuthenticationOptions {
  readonly roles: Roles
  readonly store: SessionStore
  readonly accessTokens: AccessTokenCodec
  readonly principalCache: PrincipalCache
  readonly issuances: Issuances
  readonly graceMs: number
}

type Verified = { readonly kind: 'ok'; readonly cached: CachedPrincipal } | TokenRefusal

const INVALID: TokenRefusal = { kind: 'invalid' }

export function createAuthentication(options: AuthenticationOptions): Authentication {
  const { roles, store, accessTokens, principalCache, issuances, graceMs } = options
  const receipts = createReceipts(store)

  /** Whether the account has changed since the token was issued. */
  function isStale({ role, scope, email_verified: isConfirmed }: AccessClaims, user: UserRow): boolean {
    if (user.role !== role || roles.scopeOf(user.role) !== scope) return true
    // Tokens of earlier versions do not say whether the address is confirmed.
    return isConfirmed !== undefined && isConfirmed !== (user.emailConfirmedAt !== null)
  }

  async function verify(accessToken: string, arrived: number, isReading: boolean): Promise<Verified> {
    const claims = readAccessClaims(accessTokens.verify(accessToken))
    if (claims === null) return INVALID
    const time = timeliness(claims, arrived)
    if (time === 'premature') return INVALID
    const session = { sid: claims.sid, userId: claims.sub }
    if (time === 'expired') return { kind: 'expired', session }

    const feedVersion = principalCache.feedVersion()
    const found = await store.findSession(claims.sid)
    if (found === undefined || found.user.id !== claims.sub)
      return endedSession('unknown', undefined, arrived)
    const ended = endReason(found.session, arrived)
    const isReplaced = isReading && mayStillRead(found.session, arrived, graceMs)
    if (ended !== null && !isReplaced) return endedSession(ended, found.session, arrived)
    if (isStale(claims, found.user)) return { kind: 'stale', session }

    // `iat` has whole seconds, so the token was issued up to a second later. Use the latest time.
    const issuedAt = (claims.iat + 1) * 1_000
    const cached = issuances.cached(found, claims.gen, issuedAt, claims.exp * 1_000)
    // A cache entry admits unsafe requests as well, so a replaced session must not become one.
    if (!isReplaced) principalCache.remember(accessToken, cached, feedVersion)
    return { kind: 'ok', cached }
  }

  async function find(accessToken: string, arrived: number, isReading = false): Promise<Verified> {
    const cached = principalCache.find(accessToken, arrived)
    return cached === undefined ? verify(accessToken, arrived, isReading) : { kind: 'ok', cached }
  }

  return {
    recognise(accessToken, arrived, carrier) {
      const cached = principalCache.find(accessToken, arrived)
      if (cached === undefined) return null
      const { principal } = cached
      return { principal, feedVersion: principalCache.feedVersion(), cached, arrived, carrier }
    },

    revalidate(recognition) {
      if (recognition === null) return undefined
      const { principal, feedVersion, cached, arrived, carrier } = recognition
      if (receipts.isDue(cached, arrived, carrier)) return undefined
      return principalCache.isUnchangedSince(feedVersion) ? principal : undefined
    },

    feedVersion: () => principalCache.feedVersion(),

    async authenticate(accessToken, arrived, carrier, isReading) {
      const found = await find(accessToken, arrived, isReading)
      if (found.kind !== 'ok') return found
      await receipts.record(found.cached, arrived, carrier)
      return { kind: 'ok', principal: found.cached.principal }
    },

    async principalOf(accessToken, arrived) {
      const found = await find(accessToken, arrived)
      return found.kind === 'ok' ? found.cached.principal : null
    },

    async sessionOfAccessToken(accessToken, arrived) {
      const found = await find(accessToken, arrived)
      if (found.kind === 'ok') return found.cached.principal.session
      const row = found.kind === 'stale' ? await store.findSession(found.session.sid) : undefined
      return row === undefined ? null : toSessionInfo(row.session)
    },
  }
}
