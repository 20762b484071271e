/**
 * Authentication by access token. It has two halves: a request is recognised when its head arrives, from memory alone; it
 * is authenticated before its handler runs.
 *
 * Threat: an access token that is forged, expired, of an ended session or of a role that was taken away lets a caller in.
 * Guarantee: the cache answers only as long as the change feed has reported no change of the session. Every other
 * token is verified, and its session's row is read.
 * Limits: a bearer token is as good in the hands of a thief.
 * Source: RFC 9068 section 4, docs/rotation.md.
 */
import type { Roles } from '../access/roles.ts'
import { type AccessTokenCodec, readAccessClaims, timeliness } from '../protocol/access-token.ts'
import { endReason } from '../protocol/rotation.ts'
import type { SessionInfo } from '../store/session-info.ts'
import type { SessionStore } from '../store/sessions.ts'
import type { AuthenticationResult, TokenRefusal } from './authentication-result.ts'
import { endedSession, mayStillRead } from './ended.ts'
import type { Issuances } from './issuance.ts'
import type { Principal } from './principal.ts'
import type { CachedPrincipal, PrincipalCache } from './principal-cache.ts'
import { type Carrier, createReceipts } from './receipts.ts'

/** A caller, and the version that the change feed had before anything was read of it. */
export interface Identified {
  readonly principal: Principal
  readonly feedVersion: number
}

/** A caller as the cache knew it when the request arrived. */
export interface Recognition extends Identified {
  readonly cached: CachedPrincipal
  /** Milliseconds since the Unix epoch. */
  readonly arrived: number
  readonly carrier: Carrier
}

export interface Authentication {
  /** The caller, if the access token is in the cache; else null. Reads neither the database nor a key. */
  recognise(accessToken: string, arrived: number, carrier: Carrier): Recognition | null
  /** The principal of a recognised request. Undefined if its session has changed since, or a receipt is to be recorded. */
  stillKnown(recognition: Recognition | null): Principal | undefined
  /** The version of the change feed. To be taken before anything is read of a caller. */
  feedVersion(): number
  /**
   * The caller behind an access token. Rejects only in an outage.
   * @param isReading whether the request changes nothing: then a session that was just replaced still counts
   */
  authenticate(
    accessToken: string,
    arrived: number,
    carrier: Carrier,
    isReading?: boolean,
  ): Promise<AuthenticationResult>
  /** The session of an access token that is still good; null for any other token. */
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
    const { role } = found.user
    if (role !== claims.role || roles.scopeOf(role) !== claims.scope) return { kind: 'stale', session }

    // The token tells the second of its issue: its end is on the safe side.
    const issuedAt = (claims.iat + 1) * 1_000
    const cached = issuances.cached(found, claims.gen, issuedAt, claims.exp * 1_000)
    // A session that was replaced is not kept in the cache: an entry of the cache lets any request in.
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

    stillKnown(recognition) {
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

    async sessionOfAccessToken(accessToken, arrived) {
      const found = await find(accessToken, arrived)
      return found.kind === 'ok' ? found.cached.principal.session : null
    },
  }
}
