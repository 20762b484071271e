import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import fp from 'fastify-plugin'
import { AuthError } from '../src/errors.ts'
import { bearerToken as bearerTokenOf } from '../src/http/bearer.ts'
import { isSafe } from '../src/http/cross-origin.ts'
import type { Need } from '../src/protocol/rotation.ts'
import type { Recognition } from '../src/sessions/authentication.ts'
import { tokenError } from '../src/sessions/authentication-result.ts'
import type { Principal } from '../src/sessions/principal.ts'
import type { Carrier } from '../src/sessions/receipts.ts'
import { type Internals, internalsOf, provide } from '../src/wiring/internals.ts'
import { stateOf } from '../src/wiring/request-state.ts'

// The emitted declarations need the type of `request.principal`.
export type {} from '../src/hooks/request-principal.ts'

declare module '../src/hooks/request-principal.ts' {
  interface PrincipalOfFace {
    service: Principal
  }
}

declare module '../src/wiring/internals.ts' {
  interface Internals {
    /**
     * The hook that identifies the caller and refreshes the session if needed. Guarded routes have
     * it already. A public route or a scope may add it, with the effect of the guard `signed-in`. A
     * second call in a request checks the same caller again and presents no token.
     */
    authenticate(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void
    /**
     * The same hook for a route of this part. If the application answers its errors, the hook also
     * sets their headers.
     */
    authenticatorFor(part: object): Internals['authenticate']
    /**
     * The hook that looks the caller up in the principal cache when the request arrives. It reads
     * no database and refuses no request. On guarded routes it is the first `onRequest` hook, so
     * that limits can use its result.
     */
    recognise(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void
    /**
     * The token of an `Authorization: Bearer` header; undefined if there is none. Throws
     * TOKEN_INVALID if the header is malformed.
     */
    bearerToken(request: FastifyRequest): string | undefined
    /**
     * Whether the client has closed the connection. `request.raw.destroyed` is no answer: it is
     * true once the body has been read. A socket that the client has closed is no longer writable
     * here.
     */
    hasGone(request: FastifyRequest): boolean
    /**
     * Exchanges the refresh cookie. The response then sets the new cookies, or clears them if the
     * session has ended.
     */
    refreshByCookie(request: FastifyRequest, need?: Need): Promise<Principal>
  }
}

/**
 * Silent refresh. The refresh cookie replaces an access cookie that is missing, expired, stale or
 * invalid, and the request continues. Its response carries the new cookies. A bearer token is never
 * refreshed: its client keeps the tokens itself.
 */
export default fp(
  async (app) => {
    const core = internalsOf(app)
    const { sessions, clock, accessCookie, refreshCookie, arrivedAt } = core
    app.decorateRequest('principal', null as unknown as Principal)

    const hasGone = (request: FastifyRequest): boolean => request.raw.socket.writable === false

    const recognise: Internals['recognise'] = (request, _reply, done) => {
      stateOf(request).recognition = lookUp(request, clock.now())
      done()
    }

    function lookUp(request: FastifyRequest, arrived: number): Recognition | null {
      try {
        const bearer = bearerToken(request)
        const token = bearer ?? accessCookie(request)
        if (token === undefined) return null
        return sessions.recognise(token, arrived, bearer === undefined ? 'cookie' : 'bearer')
      } catch {
        // `authenticate` reads the token again and refuses the request with the reason.
        return null
      }
    }

    async function refreshByCookie(request: FastifyRequest, need?: Need): Promise<Principal> {
      const state = stateOf(request)
      try {
        const refreshToken = mayRefresh(request) ? refreshCookie(request) : undefined
        if (refreshToken === undefined) throw new AuthError('TOKEN_MISSING')
        const issuance = await sessions.refresh(refreshToken, {
          arrived: arrivedAt(request),
          client: core.client(request),
          need,
          isGone: () => hasGone(request),
        })
        state.whenIdentified?.(issuance.principal.sid)
        state.cookieChange = issuance
        return issuance.principal
      } catch (error) {
        state.whenIdentified?.(null)
        await core.recordRefusedToken(request, error)
        if (error instanceof AuthError && error.clearsCookies) state.cookieChange = 'clear'
        throw error
      }
    }

    const authenticate: Internals['authenticate'] = (request, reply, done) => {
      try {
        const isSecondRun = request.principal !== null
        const known = isSecondRun ? stillValidPrincipal(request) : sessions.revalidate(recognitionOf(request))
        if (known !== undefined) return done(admit(request, reply, known))
        const found = isSecondRun
          ? sessions.recheck(request.principal, arrivedAt(request))
          : identify(request)
        found.then(
          (principal) => {
            stateOf(request).whenIdentified?.(principal.sid)
            done(admit(request, reply, principal))
          },
          async (error: AuthError) => {
            stateOf(request).whenIdentified?.(null)
            // Browsers regularly send prefetches without a valid access token: these are no event.
            if (mayRefresh(request) || error.code !== 'TOKEN_EXPIRED')
              await core.recordRefusedToken(request, error)
            done(error)
          },
        )
      } catch (error) {
        done(error as AuthError)
      }
    }

    /** On a public route with this hook, `recognise` has not run. */
    function recognitionOf(request: FastifyRequest): Recognition | null {
      const state = stateOf(request)
      if (state.recognition === undefined) state.recognition = lookUp(request, arrivedAt(request))
      return state.recognition
    }

    function stillValidPrincipal(request: FastifyRequest): Principal | undefined {
      const { identified, recognition } = stateOf(request)
      return sessions.isStillValid(identified ?? recognition) ? request.principal : undefined
    }

    /** @returns the refusal of a caller that must choose a new password first */
    function admit(
      request: FastifyRequest,
      reply: FastifyReply,
      principal: Principal,
    ): AuthError | undefined {
      request.principal = principal
      // The response is personal: no cache may store it, unless the route sets another value.
      reply.header('cache-control', 'no-store')
      if (principal.user.passwordChangeRequiredAt === null) return undefined
      if (request.routeOptions.config.beforePasswordChange === true) return undefined
      return new AuthError('PASSWORD_CHANGE_REQUIRED')
    }

    /**
     * Identifies the caller by the bearer token if there is one, else by the access cookie, else by
     * the refresh cookie.
     */
    async function identify(request: FastifyRequest): Promise<Principal> {
      const feedVersion = sessions.feedVersion()
      const bearer = bearerToken(request)
      const token = bearer ?? accessCookie(request)
      const carrier = bearer === undefined ? 'cookie' : 'bearer'
      const principal = await (token === undefined
        ? refreshByCookie(request)
        : byAccessToken(request, token, carrier))
      stateOf(request).identified = { principal, feedVersion }
      return principal
    }

    /** Accepts a valid access token. The refresh cookie replaces an invalid access cookie. */
    async function byAccessToken(
      request: FastifyRequest,
      token: string,
      carrier: Carrier,
    ): Promise<Principal> {
      const result = await sessions.authenticate(token, arrivedAt(request), carrier, isSafe(request.method))
      if (result.kind === 'ok') return result.principal
      const error = tokenError(result)
      if (carrier === 'bearer' || !mayRefresh(request)) throw error
      // The refresh token decides for any invalid access token. A stale access token
      // only needs the new claims of the account, without a rotation.
      if (refreshCookie(request) !== undefined) {
        return refreshByCookie(request, result.kind === 'stale' ? 'claims' : 'rotation')
      }
      if (error.clearsCookies) stateOf(request).cookieChange = 'clear'
      throw error
    }

    const measured = core.measureAuthentication(authenticate)
    const withHeaders: Internals['authenticate'] = (request, reply, done) =>
      measured(request, reply, (error) => {
        if (error) core.setRefusalHeaders(error, reply)
        done(error)
      })

    provide(app, {
      authenticate: measured,
      authenticatorFor: (part) => (core.scope.answersErrorsOf(part) ? measured : withHeaders),
      recognise,
      bearerToken,
      hasGone,
      refreshByCookie,
    })
  },
  {
    name: 'authenticate',
    dependencies: ['sessions', 'cookies', 'events', 'clock', 'refused-tokens', 'refusals', 'metrics'],
  },
)

/**
 * Whether a request may be served by its refresh token. A browser may discard the response to
 * OPTIONS or a prefetch, with its cookies. These are served only by a valid access token. Accepting
 * a refresh token without an exchange would admit its thief for ever, undetected. On an unsafe
 * method the header has no meaning, because browsers never send it there.
 */
const mayRefresh = ({ method, headers }: FastifyRequest): boolean =>
  method !== 'OPTIONS' && !(isSafe(method) && headers['sec-purpose'] !== undefined)

const bearerToken = ({ headers }: FastifyRequest): string | undefined => bearerTokenOf(headers.authorization)
