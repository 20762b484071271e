import fastifyCookie from '@fastify/cookie'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { DEVICE_COOKIE_TTL_SECONDS } from '../src/credentials/device-cookies.ts'
import { AuthError } from '../src/errors.ts'
import { type CookieNames, cookieNames, readCookie } from '../src/http/cookies.ts'
import type { Issuance, Outcome } from '../src/sessions/issuance.ts'
import { internalsOf, provide } from '../src/wiring/internals.ts'
import { stateOf } from '../src/wiring/request-state.ts'

// Declarations name what this package adds to Fastify's types.
export type {} from '@fastify/cookie'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    cookieNames: CookieNames
    /** What every cookie of the service has in common. */
    cookieAttributes: ReturnType<typeof attributesOf>
    serializeCookie: FastifyInstance['serializeCookie']
    clearCookie(reply: FastifyReply, name: string): void
    /** The access cookie's token. Throws COOKIE_AMBIGUOUS when there are several. */
    accessCookie(request: FastifyRequest): string | undefined
    /** The refresh cookie's token. Throws COOKIE_AMBIGUOUS when there are several. */
    refreshCookie(request: FastifyRequest): string | undefined
  }
}

/**
 * The cookies of a session, and the one a browser is known by. They are attached at the last moment, after the session was looked at once more: a response that
 * took long must not overwrite a newer cookie, nor bring back a session that was signed out meanwhile.
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
          // The token is left out: as with a response that was lost, the next request is handed it again.
          request.log.warn({ err: error }, 'cookies were not renewed')
          done()
        },
      )
    })

    /** Fastify adds a header of this name to those that are there. */
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
      // The refresh token first: a browser that dies between the two has what it takes to ask for the other.
      if (!SHOWN.has(issuance.outcome)) {
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

/** The browser has shown the refresh token: a slow answer must not put it in the place of a newer one. */
const SHOWN: ReadonlySet<Outcome> = new Set(['held', 'forwarded'])

function only(request: FastifyRequest, name: string): string | undefined {
  const value = readCookie(request.headers.cookie, name)
  if (value === null) throw new AuthError('COOKIE_AMBIGUOUS', { reason: name })
  return value
}

function neverCached(reply: FastifyReply): void {
  reply.header('cache-control', 'private, no-store')
  reply.removeHeader('etag')
}
