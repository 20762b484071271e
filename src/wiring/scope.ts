/**
 * The routes that the service covers.
 *
 * The service alone covers every route of its application. As a plugin, it has its own scope within
 * an application. Its error handler, parsers, headers and limits then hold only for its own routes.
 * The guarded routes of the application get their guard, the session limit and the cross-origin
 * check.
 */
import type { Guard } from '../access/guards.ts'

export interface ServiceScope {
  /** Whether this part is the own scope of the service, or within it. */
  isOwn(part: object): boolean
  /** Whether the error handler of the service handles errors of this part of the application. */
  answersErrorsOf(part: object): boolean
  /** Whether limits and checks hold for a route of this part. Its guard has been compiled. */
  covers(part: object, route: { readonly config?: RouteNeeds | undefined }): boolean
  /** The prefix of the own scope, or an empty text. */
  readonly prefix: string
}

interface RouteNeeds {
  readonly auth?: Guard
  readonly limit?: string
}

export function createWholeApplication(): ServiceScope {
  return { isOwn: () => false, answersErrorsOf: () => true, covers: () => true, prefix: '' }
}

/** @param own returns the scope, once it exists */
export function createOwnScope(own: () => object | undefined, prefix: string): ServiceScope {
  const isOwn = (part: object): boolean => {
    const scope = own()
    return scope !== undefined && (scope === part || Object.prototype.isPrototypeOf.call(scope, part))
  }
  return {
    prefix,
    isOwn,
    answersErrorsOf: isOwn,
    covers: (part, { config }) => isOwn(part) || config?.auth !== 'public' || config.limit !== undefined,
  }
}
