import fp from 'fastify-plugin'
import type { SignInOptions } from '../src/accounts/sign-in.ts'
import { readCookie } from '../src/cookies.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What signing in needs to know of this request: the browser's old session is replaced by the new one. */
    signInOptions(remember: boolean): SignInOptions
    /** Ends the session of the cookies, or of the bearer token when that was sent, and forgets the cookies. */
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
    const { sessions } = app

    app.decorateRequest('signInOptions', function signInOptions(remember) {
      return {
        remember,
        client: this.client(),
        replaces: readCookie(this.headers.cookie, app.cookieNames.refresh),
      }
    })

    app.decorateRequest('endSession', async function endSession() {
      const bearer = this.bearerToken()
      const refreshToken = bearer === undefined ? this.refreshCookie() : undefined
      const accessToken = bearer ?? this.accessCookie()
      const named =
        (refreshToken === undefined ? null : await sessions.sessionOf(refreshToken)) ??
        (accessToken === undefined ? null : await sessions.sessionOfAccessToken(accessToken, this.arrivedAt))
      if (named !== null) await sessions.end(named, 'logout', this.client())
      this.forgetCookies()
    })

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
  { name: 'browser-session', dependencies: ['sessions', 'cookies', 'authenticate'] },
)
