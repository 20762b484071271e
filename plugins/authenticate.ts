import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import fp from 'fastify-plugin'
import { AuthError } from '../src/errors.ts'
import { isSafe } from '../src/http/cross-origin.ts'
import type { Need } from '../src/protocol/rotation.ts'
import type { Recognition } from '../src/sessions/authentication.ts'
import { tokenError } from '../src/sessions/authentication-result.ts'
import type { Principal } from '../src/sessions/principal.ts'
import type { Carrier } from '../src/sessions/receipts.ts'
import { type Internals, internalsOf, provide } from '../src/wiring/internals.ts'
import { stateOf } from '../src/wiring/request-state.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is calling: there on every route that is not public. */
    principal: Principal
  }
}

declare module '../src/wiring/internals.ts' {
  interface Internals {
    /**
     * The hook that identifies the caller and refreshes the session if needed. Guarded routes have it already. A public
     * route or a scope may add it as a hook of its own: the effect is that of the guard `signed-in`. Called a second time
     * in a request, it looks at the same caller again and presents no token.
     */
    authenticate(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void
    /** The same hook for a route of this part: where the application answers errors, it sets their headers as well. */
    authenticatorFor(part: object): Internals['authenticate']
    /**
     * The hook that looks for the caller in the principal cache as the request arrives. It asks no database and refuses
     * nothing. Guarded routes have it already, before every other `onRequest` hook of theirs: limits read its result.
     */
    recognise(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void
    /** The token of an `Authorization: Bearer` header; undefined when there is none. */
    bearerToken(request: FastifyRequest): string | undefined
    /**
     * Whether the client has closed the connection. The raw request does not tell: it counts as destroyed once its body is
     * read. A socket that is closed on the client's side is closed on this side as well.
     */
    hasGone(request: FastifyRequest): boolean
    /** Exchanges the refresh cookie; the response will carry the new pair, or clear what is good for nothing. */
    refreshByCookie(request: FastifyRequest, need?: Need): Promise<Principal>
  }
}

/**
 * Silent refresh. An access token that is missing, has expired, went stale or does not verify is replaced by means of
 * the refresh cookie, and the request goes on as if nothing had happened; the new cookies travel with its response.
 * A bearer token is judged alone: whoever sends one keeps its own tokens.
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
        // `authenticate` reads the token again, and refuses the request with the reason.
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
        const isAgain = request.principal !== null
        const known = isAgain ? standing(request) : sessions.revalidate(recognitionOf(request))
        if (known !== undefined) return done(admit(request, reply, known))
        const found = isAgain ? sessions.recheck(request.principal, arrivedAt(request)) : identify(request)
        found.then(
          (principal) => {
            stateOf(request).whenIdentified?.(principal.sid)
            done(admit(request, reply, principal))
          },
          async (error: AuthError) => {
            stateOf(request).whenIdentified?.(null)
            // A prefetch without a good access token is what every browser sends from time to time.
            if (mayRefresh(request) || error.code !== 'TOKEN_EXPIRED')
              await core.recordRefusedToken(request, error)
            done(error)
          },
        )
      } catch (error) {
        done(error as AuthError)
      }
    }

    /** A public route that has this hook has no `recognise`. */
    function recognitionOf(request: FastifyRequest): Recognition | null {
      const state = stateOf(request)
      if (state.recognition === undefined) state.recognition = lookUp(request, arrivedAt(request))
      return state.recognition
    }

    function standing(request: FastifyRequest): Principal | undefined {
      const { identified, recognition } = stateOf(request)
      return sessions.isStillValid(identified ?? recognition) ? request.principal : undefined
    }

    /** @returns the refusal of a caller who must choose a new password first */
    function admit(
      request: FastifyRequest,
      reply: FastifyReply,
      principal: Principal,
    ): AuthError | undefined {
      request.principal = principal
      // The answer is made for one person: no cache may keep it, unless the route sets another value.
      reply.header('cache-control', 'no-store')
      if (principal.user.passwordChangeRequiredAt === null) return undefined
      if (request.routeOptions.config.beforePasswordChange === true) return undefined
      return new AuthError('PASSWORD_CHANGE_REQUIRED')
    }

    /** By the bearer token alone if there is one, else by the access cookie, else by the refresh cookie. */
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

    /** By the access token if it is still good. The refresh cookie replaces an access cookie that is not. */
    async function byAccessToken(
      request: FastifyRequest,
      token: string,
      carrier: Carrier,
    ): Promise<Principal> {
      const result = await sessions.authenticate(token, arrivedAt(request), carrier, isSafe(request.method))
      if (result.kind === 'ok') return result.principal
      const error = tokenError(result)
      if (carrier === 'bearer' || !mayRefresh(request)) throw error
      // The refresh token is the authority, whatever is wrong with the access token. A stale access token is good but
      // for what it states of the account: that needs no rotation.
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
 * OPTIONS asks about a resource and not for it. A browser may throw the answer to a prefetch away, with the cookies in
 * it. Either is served by a good access token alone: a refresh token that is looked at and not exchanged would let its
 * thief in for ever, unseen. On an unsafe method the header means nothing, since no browser sends it there.
 */
const mayRefresh = ({ method, headers }: FastifyRequest): boolean =>
  method !== 'OPTIONS' && !(isSafe(method) && headers['sec-purpose'] !== undefined)

function bearerToken({ headers }: FastifyRequest): string | undefined {
  const { authorization } = headers
  if (authorization === undefined || !/^bearer\b/i.test(authorization)) return undefined
  const token = /^bearer +([\w.~+/-]+=*)$/i.exec(authorization)?.[1]
  if (token === undefined) throw new AuthError('TOKEN_INVALID')
  return token
}
