/**
 * The limit of requests per minute and session, separate from other clients at its address.
 *
 * Threat: a client refreshes to start a new count. Unauthenticated clients use up the count that
 * signed-in clients at their address need to refresh. Forged tokens load the database.
 * Guarantee: a request counts for its session if its access token is cached or its refresh token
 * proves genuine. An unverified refresh cookie first counts for its address, in a separate count,
 * before the database is read. On proof that count is given back. A forged token stays counted, and
 * counts as a normal request of the address, too.
 * Limits: while forged tokens fill an address's count, that address
 * is served only by refresh tokens that this process issued last. A client with many sessions has
 * as many limits.
 */
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction, onRequestHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import type { MaybePromise, RequestCount } from '../src/http/request-counts.ts'
import { readRefreshToken } from '../src/protocol/refresh-token.ts'
import { internalsOf, provide } from '../src/wiring/internals.ts'
import { stateOf } from '../src/wiring/request-state.ts'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    /**
     * The hook of guarded routes. Counts for the session that the request's tokens prove, else for
     * its address.
     */
    limitPerSession: onRequestHookHandler
    /** The same for a route that only exchanges the refresh cookie. */
    limitPerRefreshToken: onRequestHookHandler
  }
}

const MAX_SESSIONS_COUNTED = 100_000
const MAX_ADDRESSES_COUNTED = 10_000

export default fp(
  async (app) => {
    const core = internalsOf(app)
    const limit = core.config.rateLimitMax
    const bySession = core.limits.counts('session', MAX_SESSIONS_COUNTED, limit)
    const byAddress = core.limits.counts('unproved-address', MAX_ADDRESSES_COUNTED, limit)

    provide(app, { limitPerSession, limitPerRefreshToken })

    /**
     * A cached access token needs no proof. This is the usual request: in own memory, nothing is
     * allocated for it.
     */
    function limitPerSession(
      request: FastifyRequest,
      reply: FastifyReply,
      done: HookHandlerDoneFunction,
    ): void {
      const { recognition, arrivedTick } = stateOf(request)
      if (!recognition) {
        limitPerRefreshToken(request, reply, done)
        return
      }
      const { principal } = recognition
      const count = bySession.add(principal.sid, arrivedTick)
      if (count instanceof Promise) count.then(decide)
      else if (count.requests <= limit) done()
      else decide(count)

      function decide(known: RequestCount): void {
        if (known.requests <= limit) done()
        else refuse(request, reply, known, principal.sid, principal).then(done)
      }
    }

    /** The address is counted until the database has proved the refresh token. */
    function limitPerRefreshToken(
      request: FastifyRequest,
      reply: FastifyReply,
      done: HookHandlerDoneFunction,
    ): void {
      const token = shownRefreshToken(request)
      const claim = token === undefined ? null : readRefreshToken(token)
      if (token === undefined || claim === null) {
        core.limitPerAddress(request, reply).then(() => done(), done)
        return
      }
      const now = stateOf(request).arrivedTick
      const address = core.limitedAddress(request)
      // Any client may claim a session: the claim may refuse its own request, but counts and
      // records nothing.
      whenKnown(bySession.find(claim.sid, now), (ofSession) => {
        if (ofSession !== undefined && ofSession.requests >= limit) {
          refuse(request, reply, ofSession, address).then(done)
          return
        }
        whenKnown(byAddress.add(address, now), (ofAddress) => {
          if (ofAddress.requests > limit && !isRemembered(token)) {
            refuse(request, reply, ofAddress, address).then(done)
            return
          }
          countWhenIdentified(request, address, ofAddress.endsAt)
          done()
        })
      })
    }

    function countWhenIdentified(request: FastifyRequest, address: string, endsAt: number): void {
      const state = stateOf(request)
      state.whenIdentified = (sid) => {
        state.whenIdentified = null
        if (sid === null) {
          core.countForAddress(request)
          return
        }
        byAddress.takeBack(address, endsAt)
        bySession.add(sid, state.arrivedTick)
      }
    }

    /**
     * The refresh cookie that this request may exchange. A request with a bearer token has none.
     */
    function shownRefreshToken(request: FastifyRequest): string | undefined {
      try {
        return core.bearerToken(request) === undefined ? core.refreshCookie(request) : undefined
      } catch {
        // `authenticate` refuses the header or the cookies, with the reason.
        return undefined
      }
    }

    function isRemembered(token: string): boolean {
      try {
        return core.sessions.isNewest(token)
      } catch {
        // If the database does not answer, cached tokens may be stale.
        return false
      }
    }

    function refuse(
      request: FastifyRequest,
      reply: FastifyReply,
      { endsAt }: RequestCount,
      key: string,
      session?: { readonly sid: string; readonly userId: string },
    ) {
      const retryAfterSeconds = Math.ceil((endsAt - stateOf(request).arrivedTick) / 1_000)
      return core.refuseByLimit(request, reply, {
        setting: 'RATE_LIMIT_MAX',
        limit,
        key,
        retryAfterSeconds,
        ...(session && { session: { sid: session.sid, userId: session.userId } }),
      })
    }
  },
  {
    name: 'session-limit',
    dependencies: ['env', 'clock', 'request-counts', 'sessions', 'authenticate', 'address-limit'],
  },
)

/** Calls `next` at once if the count is in own memory. */
function whenKnown<Count>(count: MaybePromise<Count>, next: (count: Count) => void): void {
  if (count instanceof Promise) count.then(next)
  else next(count)
}
