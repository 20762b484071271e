/**
 * A Fastify plugin for services that know users by access tokens alone.
 *
 * Threat: a route is reached without a valid access token, or without the rights that its guard
 * asks for. A body is read before its sender is known.
 * Guarantee: routes are closed by default. The token is verified and the guard is checked when the
 * head of the request arrives, and again before the handler. A route whose guard is not enforced
 * stops the start.
 * Limits: there are no cookies and no refresh. Roles and permissions are those of the token.
 * Source: RFC 6750, RFC 9068 section 4.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import fp from 'fastify-plugin'
import { type Check, compileGuard, type Guard, permissionFor } from '../access/guards.ts'
import { createRoles, type RoleDefinitions, rolesOfIssuer } from '../access/roles.ts'
import { AuthError } from '../errors.ts'
import { auditRoutes, claimApplication } from '../hooks/audited-routes.ts'
import { guardRoutes } from '../hooks/guarded-routes.ts'
import { bearerChallenge, bearerToken, insufficientScope } from '../http/bearer.ts'
import { refuseClientGuard } from './client-guard.ts'
import { describeRoutes } from './openapi.ts'
import { readVerifierOptions, type VerifierOptions } from './options.ts'
import type { VerifiedPrincipal } from './principal.ts'
import { createPrincipalVerifier } from './verifier.ts'

// The emitted declarations need `config.auth` and the type of `request.principal`.
export type {} from '../hooks/guarded-routes.ts'
export type {} from '../hooks/request-principal.ts'

declare module '../hooks/request-principal.ts' {
  interface PrincipalOfFace {
    verifier: VerifiedPrincipal
  }
}

/**
 * The options of `tacitVerifier`: those of `createVerifier`, and how routes are guarded.
 *
 * @example
 * const options: TacitVerifierOptions = {
 *   issuer: 'https://auth.example.com',
 *   roles: { editor: ['movies:write'] },
 * }
 */
export interface TacitVerifierOptions extends VerifierOptions {
  /**
   * The guard of routes that declare none. The default is `signed-in`: a forgotten guard refuses
   * requests and is noticed at once.
   */
  readonly defaultAuth?: Guard
  /**
   * The roles of the issuer besides the built-in ones. With them, a misspelt role or permission in
   * a guard stops the start.
   */
  readonly roles?: RoleDefinitions
}

const OWN_OPTIONS = ['defaultAuth', 'roles']
/** Options of Fastify's own `register`. */
const FASTIFY_OPTIONS = ['logLevel', 'logSerializers', 'name']

/** When the head of a request arrived. */
const ARRIVED = Symbol('arrived')

async function registerVerifier(app: FastifyInstance, options: TacitVerifierOptions): Promise<void> {
  claimApplication(app, 'tacitVerifier')
  const { defaultAuth = 'signed-in', ...others } = options
  const settings = readVerifierOptions({ log: app.log, ...others }, [...OWN_OPTIONS, ...FASTIFY_OPTIONS])
  const { clock, issuer } = settings
  const roles = options.roles === undefined ? rolesOfIssuer : createRoles(options.roles)
  const verifier = createPrincipalVerifier(settings)
  app.addHook('onClose', () => verifier.close())
  app.decorateRequest('principal', null as never)
  app.decorateRequest(ARRIVED, 0)
  if (defaultAuth !== 'signed-in') app.decorate('defaultGuard', defaultAuth as 'public')

  /** @throws AuthError if the request has no bearer token, or a malformed one */
  function identify(request: FastifyRequest): VerifiedPrincipal | Promise<VerifiedPrincipal> {
    const token = bearerToken(request.headers.authorization)
    if (token === undefined) throw new AuthError('TOKEN_MISSING')
    const times = request as FastifyRequest & { [ARRIVED]: number }
    times[ARRIVED] ||= clock.now()
    return verifier.recall(token, times[ARRIVED]) ?? verifier.authenticate(token, times[ARRIVED])
  }

  /** Runs twice for each request: early, and again before the handler, after the body was read. */
  function enforce(check: Check, guard: Guard) {
    const challenge = insufficientScope(issuer, permissionFor(guard))

    return (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void => {
      const admit = (principal: VerifiedPrincipal): void => {
        request.principal = principal as never
        // The response is personal: no cache may store it, unless the route sets another value.
        reply.header('cache-control', 'no-store')
        if (check(principal, request.params as Record<string, string>)) {
          done()
          return
        }
        reply.header('www-authenticate', challenge)
        done(new AuthError('ACCESS_FORBIDDEN'))
      }
      const refuse = (error: AuthError): void => {
        if (error.statusCode === 401) reply.header('www-authenticate', bearerChallenge(issuer, error.code))
        if (error.retryAfterSeconds !== undefined) reply.header('retry-after', error.retryAfterSeconds)
        done(error)
      }
      let identified: VerifiedPrincipal | Promise<VerifiedPrincipal>
      try {
        identified = identify(request)
      } catch (error) {
        refuse(error as AuthError)
        return
      }
      if (identified instanceof Promise) identified.then(admit, refuse)
      else admit(identified)
    }
  }

  let hasRoutes = false
  guardRoutes<Check>(app, {
    compile(guard, url) {
      refuseClientGuard(guard)
      return compileGuard(guard, url, roles)
    },
    hooksOf({ guard, compiled }) {
      const hook = enforce(compiled, guard)
      return { onRequest: hook, preHandler: [hook] }
    },
  })
  app.addHook('onRoute', () => {
    hasRoutes = true
  })
  describeRoutes(app)
  auditRoutes(app, () => hasRoutes)
}

/**
 * The plugin, already wrapped by fastify-plugin. Register and await it before the routes that it
 * guards. Rejects with a TypeError that names the option that is wrong or unknown.
 *
 * @example
 * import Fastify from 'fastify'
 * import { tacitVerifier } from 'tacit-auth/verifier'
 *
 * const app = Fastify()
 * await app.register(tacitVerifier, { issuer: 'https://auth.example.com', audience: 'movies' })
 * app.get('/movies', { config: { auth: 'signed-in' } }, async ({ principal }) => principal.userId)
 * await app.listen({ port: 3001 })
 */
export const tacitVerifier = fp(registerVerifier, { name: 'tacit-verifier', fastify: '5.x' })
