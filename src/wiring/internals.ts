/**
 * What the plugins share with each other and with the routes.
 *
 * Threat: a handler or a log line of the application around the service reads a key, a secret or a row.
 * Guarantee: no decorator holds any of it. The application reaches `app.tacit` and `request.tacit` alone.
 * Limits: code of the same process can import this file. It is no boundary against such code.
 */

import type { ServiceScope } from './scope.ts'

/** Each plugin declares beside its code what it adds. */
export interface Internals {
  readonly scope: ServiceScope
}

const internalsByScope = new WeakMap<object, Internals>()

/** Called once for each registration of the service, before its plugins. */
export function createInternals(part: object, scope: ServiceScope): void {
  internalsByScope.set(part, { scope } as Internals)
}

/** The internals of the service that this scope belongs to. The prototype of a scope is the scope around it. */
export function internalsOf(scope: object): Internals {
  const internals = internalsByScope.get(scope)
  if (internals !== undefined) return internals
  const around: object | null = Object.getPrototypeOf(scope)
  if (around === null) throw new Error('This scope does not belong to a registration of Tacit')
  return internalsOf(around)
}

/** Adds what a plugin provides. */
export function provide(scope: object, part: Partial<Internals>): void {
  Object.assign(internalsOf(scope), part)
}
