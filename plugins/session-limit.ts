/**
 * The limit of a session: so many requests a minute, apart from everybody else at its address.
 *
 * Threat: a client refreshes its tokens to begin a new count; strangers at an address use up the count that its signed-in
 * clients need to refresh; strangers with forged tokens make the database work.
 * Guarantee: what an access token that this process remembers, or a refresh token that proved genuine, brings in counts
 * for its session, however often it refreshes. A refresh cookie that has not proved anything yet counts for its address,
 * in a count that other requests do not fill; the database is asked after that. The count is given back on proof. A
 * forged token stays counted, and counts among the other requests of the address as well.
 * Limits: each process counts for itself. While forged tokens fill that count, an address is served by refresh tokens
 * that this process handed out last, and by no others. One client with many sessions has as many limits.
 */
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction, onRequestHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { createRequestCounts, RATE_LIMIT_WINDOW_MS, type RequestCount } from '../src/http/request-counts.ts'
import { readRefreshToken } from '../src/protocol/refresh-token.ts'
import { internalsOf, provide } from '../src/wiring/internals.ts'
import { stateOf } from '../src/wiring/request-state.ts'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    /** The hook of guarded routes: counts for the session that the request's tokens prove, or else for its address. */
    limitPerSession: onRequestHookHandler
    /** The same where an access token proves nothing: the request exchanges its refresh cookie. */
    limitPerRefreshToken: onRequestHookHandler
  }
}

const MAX_SESSIONS_COUNTED = 100_000
const MAX_ADDRESSES_COUNTED = 10_000

export default fp(
  async (app) => {
    const core = internalsOf(app)
    const limit = core.config.rateLimitMax
    const bySession = createRequestCounts(MAX_SESSIONS_COUNTED, RATE_LIMIT_WINDOW_MS)
    const byAddress = createRequestCounts(MAX_ADDRESSES_COUNTED, RATE_LIMIT_WINDOW_MS)

    provide(app, { limitPerSession, limitPerRefreshToken })

    /** A remembered access token needs no proof. It is the commonest request: nothing is allocated for it. */
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
      if (count.requests <= limit) done()
      else refuse(request, reply, count, principal.sid, principal).then(done)
    }

    /** A refresh token proves its session after the database was asked, and the address is counted until then. */
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
      // Anyone may claim a session: the claim refuses its own request, counts nothing, and is not recorded.
      const ofSession = bySession.find(claim.sid, now)
      if (ofSession !== undefined && ofSession.requests >= limit) {
        refuse(request, reply, ofSession, address).then(done)
        return
      }
      const ofAddress = byAddress.add(address, now)
      if (ofAddress.requests > limit && !isRemembered(token)) {
        refuse(request, reply, ofAddress, address).then(done)
        return
      }
      const { endsAt } = ofAddress
      const state = stateOf(request)
      state.whenIdentified = (sid) => {
        state.whenIdentified = null
        if (sid === null) {
          core.countForAddress(request)
          return
        }
        byAddress.takeBack(address, endsAt)
        bySession.add(sid, now)
      }
      done()
    }

    /** The refresh cookie that may be exchanged for this request. A bearer token is judged alone. */
    function shownRefreshToken(request: FastifyRequest): string | undefined {
      try {
        return core.bearerToken(request) === undefined ? core.refreshCookie(request) : undefined
      } catch {
        // `authenticate` refuses the header or the cookies, and says why.
        return undefined
      }
    }

    function isRemembered(token: string): boolean {
      try {
        return core.sessions.isNewest(token)
      } catch {
        // The database cannot say what has changed: nothing is remembered for certain.
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
  { name: 'session-limit', dependencies: ['env', 'clock', 'sessions', 'authenticate', 'address-limit'] },
)
