/**
 * Refusing requests that another site's page made a browser send.
 *
 * Threat: a foreign page posts to this service, and the browser adds the cookies (cross-site request forgery), or
 * signs its visitor in to an account of the attacker's (login forgery).
 * Guarantee: a request that may change something is let through only if the browser says that it comes from this
 * origin or a trusted one, or if it carries nothing that a browser adds by itself.
 * What it does not do: protect GET handlers that change something, or a page of this origin that was taken over.
 * Source: Fetch Metadata (W3C), Go's net/http CrossOriginProtection, OWASP CSRF Prevention Cheat Sheet.
 */

export interface CrossOriginRequest {
  readonly method: string
  /** Sec-Fetch-Site, as the browser sends it. */
  readonly fetchSite: string | undefined
  readonly origin: string | undefined
  /** The host the request was made to, with its port when it has one. */
  readonly host: string
  readonly hasCookies: boolean
  readonly hasBearer: boolean
}

export type CrossOriginVerdict = 'allowed' | 'cross-site' | 'foreign-origin' | 'unknown-origin'

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/** RFC 9110 section 9.2.1: what only asks. */
export const isSafe = (method: string): boolean => SAFE_METHODS.has(method)

/** @param trustedOrigins origins such as `https://app.example.com`, compared exactly */
export function judgeOrigin(
  request: CrossOriginRequest,
  trustedOrigins: ReadonlySet<string>,
): CrossOriginVerdict {
  // A safe method changes nothing, so whoever sent it gained nothing; reading the answer is what CORS guards.
  if (isSafe(request.method)) return 'allowed'

  // Named by the operator, who answers for that origin's pages.
  if (request.origin !== undefined && trustedOrigins.has(request.origin)) return 'allowed'

  // A page cannot set or forge this header. "none" is the person: typed, bookmarked.
  if (request.fetchSite !== undefined) {
    return request.fetchSite === 'same-origin' || request.fetchSite === 'none' ? 'allowed' : 'cross-site'
  }

  // A browser from before 2023, or a page over plain http, where only Origin is sent. "null" never matches.
  if (request.origin !== undefined) {
    return hostOf(request.origin) === request.host.toLowerCase() ? 'allowed' : 'foreign-origin'
  }

  // Neither header: no browser of today sends that with a changing request. What carries no cookies, or proves
  // itself with a header that pages cannot make browsers add, has nothing to forge.
  return request.hasBearer || !request.hasCookies ? 'allowed' : 'unknown-origin'
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null
}
