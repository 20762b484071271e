/**
 * Compiles the guard of each route when it is declared, and adds the hooks that enforce it.
 *
 * Threat: a route is declared without a guard, or with a misspelt one.
 * Guarantee: a route without a guard gets the default of its scope, which is `signed-in` at first.
 * A guard that cannot be compiled stops the start.
 * Limits: hooks of other plugins may still change the route. route-audit.ts checks it before the
 * start.
 * Source: OWASP ASVS 5.0 V8 (authorization), deny by default.
 */
import type { FastifyInstance, onRequestHookHandler, preHandlerHookHandler, RouteOptions } from 'fastify'
import {
  type Check,
  COMPILED,
  type CompiledGuard,
  compileGuard,
  type Guard,
  type KnownNames,
} from '../access/guards.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Who may call this route. The default is the guard of the scope, which is `signed-in` at
     * first.
     */
    auth?: Guard
    [COMPILED]?: CompiledGuard
  }
  interface FastifyInstance {
    /** The guard of routes in this scope that declare none. */
    defaultGuard?: Guard
  }
}

/** The hooks of a guarded route. They run before the hooks that the route declares. */
export interface GuardHooks {
  /** Prepares the check when the head of the request arrives. */
  readonly onRequest: onRequestHookHandler
  /** Enforces the guard. The audit requires that the route keeps all of them. */
  readonly preHandler: readonly preHandlerHookHandler[]
}

/** A route with a guard that is not `public`. */
export interface GuardedRoute {
  /** The scope that declares the route. */
  readonly scope: FastifyInstance
  readonly url: string
  /** Its methods and its URL. */
  readonly name: string
  readonly guard: Guard
  readonly check: Check
}

/** @param hooksOf returns the hooks of a guarded route */
export function guardRoutes(
  app: FastifyInstance,
  roles: KnownNames,
  hooksOf: (route: GuardedRoute) => GuardHooks,
): void {
  app.addHook('onRoute', function onRoute(route: RouteOptions) {
    // Only a missing guard is replaced by the default. A guard of null is a mistake and stops the
    // start.
    const isDefault = route.config?.auth === undefined
    const { auth: guard = this.defaultGuard ?? 'signed-in' } = route.config ?? {}
    const check = compile(guard, route, roles)
    const hooks =
      check === null ? null : hooksOf({ scope: this, url: route.url, name: nameOf(route), guard, check })
    const preHandlers = () => (route.preHandler === undefined ? [] : [route.preHandler].flat())
    const isEnforced = () => {
      const present: readonly unknown[] = preHandlers()
      return hooks === null || hooks.preHandler.every((hook) => present.includes(hook))
    }
    route.config = {
      ...route.config,
      auth: guard,
      [COMPILED]: { scope: app, guard, isDefault, isEnforced },
    }
    if (hooks === null) return
    route.onRequest = [hooks.onRequest, ...(route.onRequest === undefined ? [] : [route.onRequest].flat())]
    route.preHandler = [...hooks.preHandler, ...preHandlers()]
  })
}

function compile(guard: unknown, route: RouteOptions, roles: KnownNames): Check | null {
  try {
    return compileGuard(guard, route.url, roles)
  } catch (error) {
    throw new TypeError(`${nameOf(route)}: config.auth ${(error as Error).message}`)
  }
}

const nameOf = ({ method, url }: RouteOptions): string => `${[method].flat().join(',')} ${url}`
