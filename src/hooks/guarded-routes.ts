/**
 * Compiles the guard of each route when it is declared, and adds the hooks that enforce it.
 *
 * Threat: a route is declared without a guard, or with a misspelt one.
 * Guarantee: a route without a guard gets the default of its scope, which is `signed-in` at first.
 * A guard that cannot be compiled stops the start.
 * Limits: the hooks are the caller's. Hooks of other plugins may still change the route, which
 * audited-routes.ts checks.
 * Source: OWASP ASVS 5.0 V8 (authorization), deny by default.
 */

import type { FastifyInstance, onRequestHookHandler, preHandlerHookHandler, RouteOptions } from 'fastify'
import { COMPILED, type CompiledGuard, type Guard } from '../access/guards.ts'
import { hookList } from './hook-list.ts'

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
  readonly onRequest?: onRequestHookHandler | undefined
  /** Enforces the guard. The audit requires that the route keeps all of them. */
  readonly preHandler: readonly preHandlerHookHandler[]
}

/** A route with a guard that is not `public`. */
export interface GuardedRoute<Compiled> {
  /** The scope that declares the route. */
  readonly scope: FastifyInstance
  readonly url: string
  readonly guard: Guard
  readonly compiled: Compiled
}

export interface GuardOptions<Compiled> {
  /** Returns null if the route is public. Throws a TypeError that says what is wrong. */
  compile(guard: unknown, url: string): Compiled | null
  hooksOf(route: GuardedRoute<Compiled>): GuardHooks
}

export function guardRoutes<Compiled>(
  app: FastifyInstance,
  { compile, hooksOf }: GuardOptions<Compiled>,
): void {
  app.addHook('onRoute', function onRoute(route: RouteOptions) {
    // Only a missing guard is replaced by the default. A guard of null is a mistake and stops the
    // start.
    const isDefault = route.config?.auth === undefined
    const { auth: guard = this.defaultGuard ?? 'signed-in' } = route.config ?? {}
    const compiled = explained(route, () => compile(guard, route.url))
    const hooks = compiled === null ? null : hooksOf({ scope: this, url: route.url, guard, compiled })
    // Hooks of other plugins may still change the route. audited-routes.ts checks it before the
    // start.
    const isEnforced = () => {
      const present: readonly unknown[] = hookList(route.preHandler)
      return hooks === null || hooks.preHandler.every((hook) => present.includes(hook))
    }
    route.config = {
      ...route.config,
      auth: guard,
      [COMPILED]: { scope: app, guard, isDefault, isEnforced },
    }
    if (hooks === null) return
    if (hooks.onRequest !== undefined) route.onRequest = [hooks.onRequest, ...hookList(route.onRequest)]
    route.preHandler = [...hooks.preHandler, ...hookList(route.preHandler)]
  })
}

function explained<Result>({ method, url }: RouteOptions, compile: () => Result): Result {
  try {
    return compile()
  } catch (error) {
    throw new TypeError(`${[method].flat().join(',')} ${url}: config.auth ${(error as Error).message}`)
  }
}
