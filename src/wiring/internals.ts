/**
 * The core services that plugins and routes share.
 *
 * Threat: a handler or a log line of the application around the service reads a key, a secret or a
 * row.
 * Guarantee: no decorator holds any of them. The application reaches only `app.tacit` and
 * `request.tacit`.
 * Limits: code of the same process can import this file.
 */

import type { ServiceScope } from './scope.ts'

/** Each plugin declares the members that it adds. */
export interface Internals {
  readonly scope: ServiceScope
}

const internalsByScope = new WeakMap<object, Internals>()

/** Creates the internals. Called once for each registration of the service, before its plugins. */
export function createInternals(part: object, scope: ServiceScope): void {
  internalsByScope.set(part, { scope } as Internals)
}

/**
 * The internals of the service that this scope belongs to. The prototype of a scope is its parent
 * scope.
 */
export function internalsOf(scope: object): Internals {
  const internals = internalsByScope.get(scope)
  if (internals !== undefined) return internals
  const around: object | null = Object.getPrototypeOf(scope)
  if (around === null) throw new Error('This scope does not belong to a registration of Tacit')
  return internalsOf(around)
}

/** Adds the members that a plugin provides. */
export function provide(scope: object, part: Partial<Internals>): void {
  Object.assign(internalsOf(scope), part)
}
