/**
 * Which methods a path is served by, for the Allow header of a 405 (RFC 9110 section 15.5.6).
 *
 * find-my-way is the router of Fastify, which has no public way to ask it for a path. The routes
 * are registered here a second time, when a request first asks.
 */
import findMyWay, { type Config, type HTTPMethod, type HTTPVersion } from 'find-my-way'

export interface ListedRoute {
  readonly method: string | readonly string[]
  readonly url: string
}

/** Returns the methods of a path in alphabetical order. */
export type AllowedMethods = (path: string) => string[]

/** @param options how the application matches paths */
export function createAllowedMethods(
  routes: readonly ListedRoute[],
  options: Config<HTTPVersion.V1> | undefined,
): AllowedMethods {
  const router = findMyWay(options)
  const methods = new Set<HTTPMethod>()
  for (const { method, url } of routes) {
    for (const each of [method].flat() as HTTPMethod[]) {
      methods.add(each)
      router.on(each, url, () => {})
    }
  }
  const sorted = [...methods].toSorted()
  return (path) => sorted.filter((method) => router.find(method, path) !== null)
}
