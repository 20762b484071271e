/**
 * Checks that every route of an application has an enforced guard.
 *
 * Threat: a guard is compiled when its route is declared. A route that is declared too early,
 * declared outside the scope of the service, or changed later has `config.auth` without the
 * enforcing hooks.
 * Guarantee: `inspect` throws an error that names such a route. `admits` accepts only routes that
 * `inspect` has accepted.
 * Limits: outside the scope, a route without `config.auth` asks for no guard. `inspect` returns it.
 * The route `OPTIONS *`, which answers preflights, needs no guard.
 * Source: OWASP ASVS 5.0 V8 (authorization), deny by default.
 */
import { COMPILED, type CompiledGuard, type Guard } from './guards.ts'

/** The configuration of a request's route. Each route has one such object, which identifies it. */
export interface RouteConfig {
  /** Undefined for the handler of requests that match no route. */
  readonly url?: string | undefined
  readonly method?: string | readonly string[] | undefined
  readonly auth?: Guard | undefined
  readonly [COMPILED]?: CompiledGuard | undefined
}

export interface AuditedRoute {
  readonly config: RouteConfig
  /** The Fastify instance that declares the route. */
  readonly declaredIn: object & { readonly defaultGuard?: Guard | undefined }
}

export interface RouteAudit {
  /**
   * Adds a Fastify instance whose routes must all be guarded.
   * @param hasRoutes whether the instance has routes when they are inspected
   */
  addScope(scope: object, hasRoutes: () => boolean): void
  /**
   * Checks the routes.
   * @returns the names of routes outside all scopes that ask for no guard
   * @throws Error that names each route whose guard is not enforced
   */
  inspect(routes: readonly AuditedRoute[]): string[]
  /** Returns whether a request to the route with this configuration may go on. */
  admits(config: RouteConfig): boolean
}

const HOW_TO_DECLARE =
  'await the registration of Tacit and declare the route after it, or in a plugin that is registered after it'

export function createRouteAudit(): RouteAudit {
  const scopes: object[] = []
  const needsRoutes = new Map<object, () => boolean>()
  const accepted = new WeakSet<RouteConfig>()

  const scopeOf = (part: object): object | undefined =>
    scopes.find((scope) => scope === part || Object.prototype.isPrototypeOf.call(scope, part))

  return {
    addScope(scope, hasRoutes) {
      scopes.push(scope)
      needsRoutes.set(scope, hasRoutes)
    },

    inspect(routes) {
      const mistakes = new Names()
      const unguarded = new Names()
      for (const route of routes) {
        const scope = scopeOf(route.declaredIn)
        const mistake = scope === undefined ? mistakeOutside(route) : mistakeInside(route, scope)
        if (mistake !== undefined) mistakes.add(route.config, `: ${mistake}`)
        else accepted.add(route.config)
        if (scope === undefined && route.config.auth === undefined) unguarded.add(route.config)
      }
      const isListed = (scope: object) => routes.some(({ declaredIn }) => scopeOf(declaredIn) === scope)
      if (!scopes.every((scope) => isListed(scope) || needsRoutes.get(scope)?.() === false))
        throw new Error('The routes cannot be listed, so their guards cannot be checked')
      if (!mistakes.isEmpty) throw new Error(mistakes.list().join('\n'))
      return unguarded.list()
    },

    admits(config) {
      if (accepted.has(config)) return true
      // The handler of requests that match no route cannot have a guard, and must not ask for one.
      return config.url === undefined && asksForNoGuard(config)
    },
  }
}

const asksForNoGuard = ({ auth }: RouteConfig): boolean => auth === undefined || auth === 'public'

/** @fastify/cors declares such a route. A preflight carries no credentials, so no guard could let it in. */
const isPreflight = ({ url, method, auth }: RouteConfig): boolean =>
  url === '*' && method === 'OPTIONS' && auth === undefined

/** A route that was declared before the plugin needs no guard if its scope opens what declares none. */
const asksForNothing = (config: RouteConfig, defaultGuard: Guard | undefined): boolean =>
  isPreflight(config) || (config.auth === undefined && defaultGuard === 'public')

const mistakeOutside = ({ config }: AuditedRoute): string | undefined =>
  asksForNoGuard(config)
    ? undefined
    : 'config.auth is declared outside the scope of Tacit, where nothing enforces it: register Tacit in the scope around it, or move the route'

function mistakeInside({ config, declaredIn }: AuditedRoute, scope: object): string | undefined {
  const compiled = config[COMPILED]
  if (compiled === undefined && asksForNothing(config, declaredIn.defaultGuard)) return undefined
  if (compiled?.scope !== scope)
    return `the route was declared before its guard could be compiled: ${HOW_TO_DECLARE}`
  if (config.auth !== compiled.guard) return 'config.auth was changed after the guard was compiled'
  if (!compiled.isEnforced())
    return 'a plugin replaced the preHandler hooks of the route, and the guard with them'
  if (compiled.isDefault && compiled.guard !== (declaredIn.defaultGuard ?? 'signed-in'))
    return 'the route was declared before the defaultGuard of its scope: declare it afterwards'
  return undefined
}

/** Collects paths with all their methods, such as `GET,HEAD /orders`. */
class Names {
  readonly #methods = new Map<string, Set<string>>()

  get isEmpty(): boolean {
    return this.#methods.size === 0
  }

  add({ url, method }: RouteConfig, suffix = ''): void {
    const name = `${url}${suffix}`
    const methods = this.#methods.get(name) ?? new Set()
    this.#methods.set(name, methods)
    for (const each of [method].flat()) methods.add(String(each))
  }

  list(): string[] {
    return [...this.#methods].map(([name, methods]) => `${[...methods].join(',')} ${name}`)
  }
}
