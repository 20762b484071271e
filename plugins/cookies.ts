import fastifyCookie from '@fastify/cookie'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { DEVICE_COOKIE_TTL_SECONDS } from '../src/credentials/device-cookies.ts'
import { AuthError } from '../src/errors.ts'
import { type CookieNames, cookieNames, readCookie } from '../src/http/cookies.ts'
import type { Issuance, Outcome } from '../src/sessions/issuance.ts'
import { internalsOf, provide } from '../src/wiring/internals.ts'
import { stateOf } from '../src/wiring/request-state.ts'

// The emitted declarations need the types that this package adds to Fastify.
export type {} from '@fastify/cookie'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    cookieNames: CookieNames
    /** The attributes of every cookie of the service. */
    cookieAttributes: ReturnType<typeof attributesOf>
    serializeCookie: FastifyInstance['serializeCookie']
    clearCookie(reply: FastifyReply, name: string): void
    /**
     * The token of the access cookie. Throws COOKIE_AMBIGUOUS if the cookie is sent more than once.
     */
    accessCookie(request: FastifyRequest): string | undefined
    /**
     * The token of the refresh cookie. Throws COOKIE_AMBIGUOUS if the cookie is sent more than
     * once.
     */
    refreshCookie(request: FastifyRequest): string | undefined
    /** Whether the request has a cookie of a session. The cookie is not checked. */
    hasSessionCookie(request: FastifyRequest): boolean
  }
}

/**
 * The cookies of a session, and the device cookie. They are set when the response leaves, after the
 * session was read again. A late response must not overwrite a newer cookie, and must not restore a
 * session that has signed out.
 */
export default fp(
  async (app) => {
    const core = internalsOf(app)
    await core.apart.register(fastifyCookie, { hook: false })
    const serializeCookie = core.apart.serializeCookie
    const { cookieSecure: secure } = core.config
    const names = cookieNames(secure)
    const attributes = attributesOf(secure)

    provide(app, {
      cookieNames: names,
      cookieAttributes: attributes,
      serializeCookie,
      clearCookie,
      accessCookie: (request) => only(request, names.access),
      refreshCookie: (request) => only(request, names.refresh),
      hasSessionCookie: ({ headers }) =>
        [names.access, names.refresh].some((name) => readCookie(headers.cookie, name) !== undefined),
    })

    app.addHook('onSend', (request, reply, _payload, done) => {
      const { cookieChange: change } = stateOf(request)
      if (change === null) return done()
      if (change === 'clear') {
        clear(reply)
        return done()
      }
      core.sessions.isCurrent(change).then(
        (current) => {
          if (current) set(request, reply, change)
          done()
        },
        (error: unknown) => {
          // Without the cookies, the client is in the state of a lost response: its next request is
          // reissued them.
          request.log.warn({ err: error }, 'Could not check the session again: the response sets no cookies')
          done()
        },
      )
    })

    /** Fastify appends to existing headers of this name. */
    function setCookie(reply: FastifyReply, name: string, value: string, options: CookieOptions): void {
      reply.header('set-cookie', serializeCookie(name, value, options))
    }

    function clearCookie(reply: FastifyReply, name: string): void {
      setCookie(reply, name, '', { ...attributes, maxAge: 0, expires: new Date(0) })
    }

    function set(request: FastifyRequest, reply: FastifyReply, issuance: Issuance): void {
      const { deviceCookie } = stateOf(request)
      const { remember } = issuance.principal.session
      const tokens = issuance.tokens()
      // The refresh token comes first: a browser that stops between the two can still get the other
      // one.
      if (!KEEPS_REFRESH_COOKIE.has(issuance.outcome)) {
        setCookie(reply, names.refresh, tokens.refreshToken, {
          ...attributes,
          ...(remember && { maxAge: tokens.refreshExpiresInSeconds }),
        })
      }
      setCookie(reply, names.access, tokens.accessToken, {
        ...attributes,
        ...(remember && { maxAge: tokens.expiresInSeconds }),
      })
      if (deviceCookie !== null) {
        setCookie(reply, names.device, deviceCookie, { ...attributes, maxAge: DEVICE_COOKIE_TTL_SECONDS })
      }
      neverCached(reply)
    }

    function clear(reply: FastifyReply): void {
      clearCookie(reply, names.refresh)
      clearCookie(reply, names.access)
      neverCached(reply)
    }
  },
  { name: 'cookies', dependencies: ['env', 'sessions'] },
)

type CookieOptions = Parameters<FastifyInstance['serializeCookie']>[2]

const attributesOf = (secure: boolean) => ({ httpOnly: true, secure, sameSite: 'lax', path: '/' }) as const

/**
 * The browser presented this refresh token itself, and a late response must not overwrite a newer
 * one.
 */
const KEEPS_REFRESH_COOKIE: ReadonlySet<Outcome> = new Set(['held', 'forwarded'])

function only(request: FastifyRequest, name: string): string | undefined {
  const value = readCookie(request.headers.cookie, name)
  if (value === null) throw new AuthError('COOKIE_AMBIGUOUS', { reason: name })
  return value
}

function neverCached(reply: FastifyReply): void {
  reply.header('cache-control', 'private, no-store')
  reply.removeHeader('etag')
}
