import fp from 'fastify-plugin'
import type { SignInOptions } from '../src/accounts/sign-in.ts'
import { readCookie } from '../src/cookies.ts'
import { AuthError } from '../src/errors.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What signing in needs to know of this request: the browser's old session is replaced by the new one. */
    signInOptions(remember: boolean): SignInOptions
    /** Refreshes the session of the refresh cookie, whether or not its access token has expired. */
    refreshSession(): Promise<void>
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

    app.decorateRequest('refreshSession', async function refreshSession() {
      const refreshToken = this.refreshCookie()
      if (refreshToken === undefined) throw new AuthError('TOKEN_MISSING')
      this.cookieChange = await this.decisive(sessions.refresh(refreshToken, this.arrivedAt, this.client()))
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
      if (this.bearerToken() === undefined) {
        this.cookieChange = await sessions.renew(this.principal.sid, this.client())
      }
    })

    app.decorateRequest('forgetCookies', function forgetCookies() {
      if (this.bearerToken() === undefined) this.cookieChange = 'clear'
    })
  },
  { name: 'browser-session', dependencies: ['sessions', 'cookies', 'authenticate'] },
)
