import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { readCookie, readCookies } from '../src/http/cookies.ts'
import { readRefreshToken } from '../src/protocol/refresh-token.ts'
import type { Grant } from '../src/sessions/grants.ts'
import type { SignInOptions } from '../src/sign-in/sign-in.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What signing in needs to know of this request: the browser's old session is replaced by the new one. */
    signInOptions(remember: boolean): SignInOptions
    /** Gives the browser the cookies of a session that it has just begun, and one to be known by from now on. */
    signedIn(grant: Grant): void
    /** Ends the sessions of the cookies, or of the bearer token when that was sent, and forgets the cookies. */
    endSession(): Promise<void>
    /** New cookies for the session that asks, if it asked by cookies. */
    renewCookies(): Promise<void>
    /** Clears the cookies, if the session that asks asked by cookies. */
    forgetCookies(): void
  }
}

/** What a route can do to the session of the browser that called it. */
export default fp(
  async (app) => {
    const { sessions, cookieNames: names, deviceCookies, clock } = app

    app.decorateRequest('signInOptions', function signInOptions(remember) {
      return {
        remember,
        client: this.client(),
        arrived: this.arrivedAt,
        isGone: () => this.hasGone(),
        cookies: {
          refresh: readCookie(this.headers.cookie, names.refresh),
          access: readCookie(this.headers.cookie, names.access),
          device: readCookie(this.headers.cookie, names.device),
        },
      }
    })

    app.decorateRequest('signedIn', function signedIn(grant) {
      const known = readCookie(this.headers.cookie, names.device)
      this.cookieChange = grant
      this.deviceCookie = deviceCookies.issue(grant.principal.userId, known, clock.now())
    })

    app.decorateRequest('endSession', async function endSession() {
      const bearer = bearerOf(this)
      if (bearer !== undefined) {
        await endNamed(this, [], [bearer])
        return
      }
      const { cookie } = this.headers
      // Two cookies of a name: signing out is wanted of both, also of the one that was planted.
      const refresh = readCookies(cookie, names.refresh).filter((token) => readRefreshToken(token) !== null)
      const access = readCookies(cookie, names.access).filter((token) => ACCESS_TOKEN.test(token))
      // Planted cookies in front of a token that is remembered must not keep its session alive.
      const isCrowded = refresh.length > MAX_COOKIES_OF_A_NAME
      const remembered = isCrowded ? refresh.filter((token) => sessions.isNewest(token)) : []
      await endNamed(this, firstFew([...remembered, ...refresh]), firstFew(access))
      this.cookieChange = 'clear'
    })

    /** Ends the sessions of refresh tokens; of access tokens where no refresh token names one. */
    async function endNamed(
      request: FastifyRequest,
      refreshTokens: readonly string[],
      accessTokens: readonly string[],
    ): Promise<void> {
      const arrived = request.arrivedAt
      const client = request.client()
      const shown = { arrived, client, isGone: () => request.hasGone() }
      const byRefresh = await Promise.all(refreshTokens.map((token) => sessions.sessionOf(token, shown)))
      const named = byRefresh.some((session) => session !== null)
        ? byRefresh
        : await Promise.all(accessTokens.map((token) => sessions.sessionOfAccessToken(token, arrived)))
      for (const session of named) {
        if (session !== null) await sessions.end(session, 'logout', client)
      }
    }

    app.decorateRequest('renewCookies', async function renewCookies() {
      // The request has been refreshed on its way in: a second step would leave the browser two behind, should this
      // response be lost.
      if (this.cookieChange !== null) return
      if (this.bearerToken() === undefined) {
        this.cookieChange = await sessions.renew(this.principal, this.client())
      }
    })

    app.decorateRequest('forgetCookies', function forgetCookies() {
      if (this.bearerToken() === undefined) this.cookieChange = 'clear'
    })
  },
  { name: 'browser-session', dependencies: ['sessions', 'cookies', 'authenticate', 'accounts', 'clock'] },
)

/** A browser has one cookie of a name, and a second one where another was planted. */
const MAX_COOKIES_OF_A_NAME = 4
/** The shape of a JWT, which is cheaper to look at than a signature. */
const ACCESS_TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/

/** Each token costs a signature or a row, and a header has room for 1,700 cookies. */
const firstFew = (tokens: readonly string[]): string[] => [...new Set(tokens)].slice(0, MAX_COOKIES_OF_A_NAME)

/** Empty where it cannot be read: signing out by it ends no session, and is no mistake. */
function bearerOf(request: FastifyRequest): string | undefined {
  try {
    return request.bearerToken()
  } catch {
    return ''
  }
}
