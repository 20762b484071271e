/**
 * Checks every route before the start, and refuses requests to a route that it has not checked.
 *
 * Threat: guards are compiled when routes are declared. A route that is declared earlier, or
 * outside the plugin's scope, has `config.auth` but no hook that enforces it.
 * Guarantee: such a route stops the start, and the error names it. A hook of the root also refuses
 * its requests with 500.
 * Limits: before it is ready, Fastify can be called by `app.routing`, which runs no hooks.
 */
import type { FastifyInstance, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import {
  type AuditedRoute,
  createRouteAudit,
  type RouteAudit,
  type RouteConfig,
} from '../access/route-audit.ts'
import { AuthError } from '../errors.ts'

/** Maximum number of unguarded routes in the warning. */
const MAX_NAMED = 10

/** The audit belongs to the root instance, which several instances of the service may share. */
const AUDIT = Symbol('route audit')

/** The face of the package that the application uses. */
const FACE = Symbol('face')

/**
 * Adds a scope whose routes must all be guarded.
 * @param hasRoutes whether the scope has routes: then a list of routes without them is incomplete
 */
export function auditRoutes(app: FastifyInstance, hasRoutes: () => boolean): void {
  const root = rootOf(app)
  if (!root.hasDecorator(AUDIT)) root.decorate(AUDIT, install(root))
  root.getDecorator<RouteAudit>(AUDIT).addScope(app, hasRoutes)
}

/**
 * Refuses an application that registers both faces: a guard would not say which of them enforces
 * it, and `request.principal` would have two meanings.
 * @throws TypeError if the application has registered the other one
 */
export function claimApplication(app: FastifyInstance, face: 'tacit' | 'tacitVerifier'): void {
  const root = rootOf(app)
  if (!root.hasDecorator(FACE)) root.decorate(FACE, face)
  if (root.getDecorator(FACE) === face) return
  throw new TypeError(
    'tacit and tacitVerifier cannot be registered in one application. ' +
      'The service verifies its own tokens: leave tacitVerifier out, or use it in another application.',
  )
}

function install(root: FastifyInstance): RouteAudit {
  const audit = createRouteAudit()

  // Hooks of the root run for the routes of every scope, including earlier ones.
  root.addHook('onRequest', (request: FastifyRequest, _reply: unknown, done: HookHandlerDoneFunction) => {
    const { config } = request.routeOptions
    if (audit.admits(config)) return done()
    request.log.error(
      { method: config.method, route: config.url },
      'Refused a request: the guard of this route is not enforced',
    )
    done(new AuthError('INTERNAL'))
  })

  root.addHook('onReady', async () => {
    const unguarded = audit.inspect(routesOf(root))
    if (unguarded.length === 0) return
    const named = unguarded.slice(0, MAX_NAMED).join(', ')
    const more = unguarded.length > MAX_NAMED ? ` and ${unguarded.length - MAX_NAMED} more` : ''
    root.log.warn(
      `Tacit does not guard these routes outside its scope: ${named}${more}. ` +
        "Register Tacit in the scope around them to guard them, or declare auth: 'public' for them.",
    )
  })

  return audit
}

/** The prototype of a scope is its parent scope. */
function rootOf(scope: FastifyInstance): FastifyInstance {
  const around = Object.getPrototypeOf(scope)
  return around === Object.prototype ? scope : rootOf(around)
}

/**
 * Returns every route with its configuration and its scope. Fastify has no list of routes, but
 * printing them passes each whole route to `buildPrettyMeta`. The router sets that function itself,
 * so the options ignore the assignment.
 */
function routesOf(root: FastifyInstance): AuditedRoute[] {
  const routes: AuditedRoute[] = []
  const describe = ({ store: { config, server } }: PrintedRoute) => {
    routes.push({ config, declaredIn: server })
    return {}
  }
  root.printRoutes({
    includeMeta: true,
    get buildPrettyMeta() {
      return describe
    },
    set buildPrettyMeta(_ofTheRouter) {},
  } as object)
  return routes
}

interface PrintedRoute {
  readonly store: { readonly config: RouteConfig; readonly server: FastifyInstance }
}
