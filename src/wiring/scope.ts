/**
 * Which routes the service answers for.
 *
 * A service is the whole application: everything holds for each route. A plugin has a scope of its own within the
 * application. There its error handler, parsers, headers and limits hold for its own routes. Of the application's routes it
 * covers the guarded ones: they get their guard, the limit of a session and the cross-origin check, and nothing else.
 */
import type { Guard } from '../access/guards.ts'

export interface ServiceScope {
  /** Whether the service has a scope of its own, and this is it or a part of it. */
  isOwn(part: object): boolean
  /** Whether the error handler of the service answers for this part of the application. */
  answersErrorsOf(part: object): boolean
  /** Whether limits and checks hold for a route of this part of the application. Its guard has been compiled. */
  covers(part: object, route: { readonly config?: RouteNeeds | undefined }): boolean
  /** Whether the scope of its own has a prefix. */
  readonly hasPrefix: boolean
}

interface RouteNeeds {
  readonly auth?: Guard
  readonly limit?: string
}

export function createWholeApplication(): ServiceScope {
  return { isOwn: () => false, answersErrorsOf: () => true, covers: () => true, hasPrefix: false }
}

/** @param own answers with the scope, once it is there */
export function createOwnScope(own: () => object | undefined, hasPrefix: boolean): ServiceScope {
  const isOwn = (part: object): boolean => {
    const scope = own()
    return scope !== undefined && (scope === part || Object.prototype.isPrototypeOf.call(scope, part))
  }
  return {
    hasPrefix,
    isOwn,
    answersErrorsOf: isOwn,
    covers: (part, { config }) => isOwn(part) || config?.auth !== 'public' || config.limit !== undefined,
  }
}
