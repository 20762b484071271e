import type { FastifyInstance, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import fp from 'fastify-plugin'
import {
  type AuditedRoute,
  createRouteAudit,
  type RouteAudit,
  type RouteConfig,
} from '../src/access/route-audit.ts'
import { AuthError } from '../src/errors.ts'

/** How many unguarded routes the warning names. */
const MAX_NAMED = 10

/** The audit belongs to the root, which several instances of the service may share. */
const AUDIT = Symbol('route audit')

/**
 * Looks at every route before the start, and refuses requests to a route that it has not seen.
 *
 * Threat: guards are compiled as routes are declared. A route that is declared earlier, or outside the scope of the
 * plugin, has `config.auth` and no hook that enforces it.
 * Guarantee: the start stops and names such a route. A hook of the root refuses its requests with 500 besides.
 * Limits: Fastify can be used before it is ready by `app.routing`, which runs no hooks at all.
 */
export default fp(
  async (app) => {
    const root = rootOf(app)
    if (!root.hasDecorator(AUDIT)) root.decorate(AUDIT, install(root))
    root.getDecorator<RouteAudit>(AUDIT).addScope(app)
  },
  { name: 'route-audit', dependencies: ['guards'] },
)

function install(root: FastifyInstance): RouteAudit {
  const audit = createRouteAudit()

  // Hooks of the root reach the routes of every scope, also of those that were there before.
  root.addHook('onRequest', (request: FastifyRequest, _reply: unknown, done: HookHandlerDoneFunction) => {
    const { config } = request.routeOptions
    if (audit.admits(config)) return done()
    request.log.error(
      { method: config.method, route: config.url },
      'refused: the guard of this route is not enforced',
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

/** A scope is an object whose prototype is the scope around it. */
function rootOf(scope: FastifyInstance): FastifyInstance {
  const around = Object.getPrototypeOf(scope)
  return around === Object.prototype ? scope : rootOf(around)
}

/**
 * Every route, with its configuration and the scope that declares it.
 * Fastify has no list of its routes. Printing them asks for the description of each, and hands over the whole route. The
 * router sets that function itself, so the options ignore what is set.
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
