import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { type Admission, compileAdmission } from '../src/access/admission.ts'
import { COMPILED, type CompiledGuard, type Guard, permissionFor } from '../src/access/guards.ts'
import type { Roles } from '../src/access/roles.ts'
import { AuthError } from '../src/errors.ts'
import { whoMayCall } from '../src/openapi/guard.ts'
import { internalsOf } from '../src/wiring/internals.ts'
import { stateOf } from '../src/wiring/request-state.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Who may call this route. The default is the guard of the scope, which is `signed-in` at
     * first.
     */
    auth?: Guard
    /** Whether a caller that must choose a new password may call this route. */
    beforePasswordChange?: boolean
    [COMPILED]?: CompiledGuard
  }
  interface FastifyInstance {
    /** The guard of routes in this scope that declare none. */
    defaultGuard?: Guard
  }
}

/**
 * Enforces the guards that routes declare in `config.auth`. A guard that cannot be enforced stops
 * the start.
 */
export default fp(
  async (app) => {
    const core = internalsOf(app)
    app.addHook('onRoute', function onRoute(route: RouteOptions) {
      // Only a missing guard is replaced by the default. A guard of null is a mistake and stops the
      // start.
      const isDefault = route.config?.auth === undefined
      const { auth: guard = this.defaultGuard ?? 'signed-in' } = route.config ?? {}
      const admission = compile(guard, route, core.roles)
      const hooks =
        admission === null
          ? []
          : [core.callerAuthenticatorFor(this, guard), permit(admission, guard, route.url)]
      const preHandlers = () => listed(route.preHandler)
      // Hooks of other plugins may still change the route. plugins/route-audit.ts checks it before
      // the start.
      const isEnforced = () => {
        const present: readonly unknown[] = preHandlers()
        return hooks.every((hook) => present.includes(hook))
      }
      route.config = {
        ...route.config,
        auth: guard,
        [COMPILED]: { scope: app, guard, isDefault, isEnforced },
      }
      if (admission === null) return
      if (admission.users !== null) route.onRequest = [core.recognise, ...listed(route.onRequest)]
      route.preHandler = [...hooks, ...preHandlers()]
    })

    function permit({ clients, users }: Admission, guard: Guard, url: string) {
      const challenge = insufficientScope(core.config.issuer, guard)

      return (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void => {
        const { principal, method } = request
        const isClient = clients && stateOf(request).oauthClient !== null
        if (isClient || users?.(principal, request.params as Record<string, string>)) {
          done()
          return
        }
        if (core.bearerToken(request) !== undefined) reply.header('www-authenticate', challenge)
        const { userId, sid } = principal
        const reason = `${method} ${url} is for ${whoMayCall(guard)}`
        core.refusalEvents
          .record('access-refused', `${sid} ${method} ${url}`, {
            userId,
            sid,
            client: core.client(request),
            reason,
          })
          .then(() => done(new AuthError('ACCESS_FORBIDDEN')))
      }
    }
  },
  { name: 'guards', dependencies: ['env', 'events', 'authenticate', 'clients', 'refusals', 'roles'] },
)

const listed = <Hook>(hooks: Hook | Hook[] | undefined): Hook[] =>
  hooks === undefined ? [] : ([hooks].flat() as Hook[])

/** RFC 6750 section 3.1: the challenge for a token with too few permissions. */
function insufficientScope(realm: string, guard: Guard): string {
  const scope = permissionFor(guard)
  return `Bearer realm="${realm}", error="insufficient_scope"${scope === undefined ? '' : `, scope="${scope}"`}`
}

function compile(guard: unknown, { method, url }: RouteOptions, roles: Roles): Admission | null {
  try {
    return compileAdmission(guard, url, roles)
  } catch (error) {
    throw new TypeError(`${[method].flat().join(',')} ${url}: config.auth ${(error as Error).message}`)
  }
}
