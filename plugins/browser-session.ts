import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { readCookie, readCookies } from '../src/http/cookies.ts'
import { readRefreshToken } from '../src/protocol/refresh-token.ts'
import type { Issuance } from '../src/sessions/issuance.ts'
import type { SignInOptions } from '../src/sign-in/sign-in.ts'
import { internalsOf, provide } from '../src/wiring/internals.ts'
import { stateOf } from '../src/wiring/request-state.ts'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    /** The sign-in options of this request. The new session replaces the browser's old one. */
    signInOptions(request: FastifyRequest, remember: boolean): SignInOptions
    /** Sets the cookies of a session that has just begun, and the device cookie. */
    signedIn(request: FastifyRequest, issuance: Issuance): void
    /** Sets the cookies of a session that replaces the browser's own. */
    giveCookies(request: FastifyRequest, issuance: Issuance): void
    /**
     * Ends the session of the bearer token if there is one, else the sessions of the cookies, which
     * it clears.
     */
    endSession(request: FastifyRequest): Promise<void>
    /** Clears the cookies, unless the request came with a bearer token. */
    forgetCookies(request: FastifyRequest): void
  }
}

/** The changes that a route can make to the session of the browser that called it. */
export default fp(
  async (app) => {
    const core = internalsOf(app)
    const { sessions, cookieNames: names, deviceCookies, clock } = core

    /**
     * Ends the sessions of the refresh tokens. If these belong to no session, ends those of the
     * access tokens.
     */
    async function endNamed(
      request: FastifyRequest,
      refreshTokens: readonly string[],
      accessTokens: readonly string[],
    ): Promise<void> {
      const arrived = core.arrivedAt(request)
      const client = core.client(request)
      const shown = { arrived, client, isGone: () => core.hasGone(request) }
      const byRefresh = await Promise.all(refreshTokens.map((token) => sessions.sessionOf(token, shown)))
      const named = byRefresh.some((session) => session !== null)
        ? byRefresh
        : await Promise.all(accessTokens.map((token) => sessions.sessionOfAccessToken(token, arrived)))
      for (const session of named) {
        if (session !== null) await sessions.end(session, 'logout', client)
      }
    }

    /** Empty for a malformed header: signing out by it ends no session and is no error. */
    function bearerOf(request: FastifyRequest): string | undefined {
      try {
        return core.bearerToken(request)
      } catch {
        return ''
      }
    }

    provide(app, {
      signInOptions: (request, remember) => ({
        remember,
        client: core.client(request),
        arrived: core.arrivedAt(request),
        isGone: () => core.hasGone(request),
        cookies: {
          refresh: readCookie(request.headers.cookie, names.refresh),
          access: readCookie(request.headers.cookie, names.access),
          device: readCookie(request.headers.cookie, names.device),
        },
      }),

      signedIn(request, issuance) {
        const known = readCookie(request.headers.cookie, names.device)
        const state = stateOf(request)
        state.cookieChange = issuance
        state.deviceCookie = deviceCookies.issue(issuance.principal.userId, known, clock.now())
      },

      giveCookies(request, issuance) {
        stateOf(request).cookieChange = issuance
      },

      async endSession(request) {
        const bearer = bearerOf(request)
        if (bearer !== undefined) {
          await endNamed(request, [], [bearer])
          return
        }
        const { cookie } = request.headers
        // If a cookie is sent twice, one may be planted: both sessions end.
        const refresh = readCookies(cookie, names.refresh).filter((token) => readRefreshToken(token) !== null)
        const access = readCookies(cookie, names.access).filter((token) => ACCESS_TOKEN.test(token))
        // Many planted cookies must not push out a token that the cache knows as the newest.
        const isCrowded = refresh.length > MAX_COOKIES_OF_A_NAME
        const remembered = isCrowded ? refresh.filter((token) => sessions.isNewest(token)) : []
        await endNamed(request, firstFew([...remembered, ...refresh]), firstFew(access))
        stateOf(request).cookieChange = 'clear'
      },

      forgetCookies(request) {
        if (core.bearerToken(request) === undefined) stateOf(request).cookieChange = 'clear'
      },
    })
  },
  { name: 'browser-session', dependencies: ['sessions', 'cookies', 'authenticate', 'accounts', 'clock'] },
)

/** A browser has one cookie of a name, and more only if another party planted them. */
const MAX_COOKIES_OF_A_NAME = 4
/** The form of a JWT. Checking it is cheaper than checking a signature. */
const ACCESS_TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/

/**
 * Each token costs a signature check or a read of a row, and a header has room for 1,700 cookies.
 */
const firstFew = (tokens: readonly string[]): string[] => [...new Set(tokens)].slice(0, MAX_COOKIES_OF_A_NAME)
