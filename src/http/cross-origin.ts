/**
 * Refuses requests that a page of another site makes a browser send.
 *
 * Threat: a foreign page sends a request to this service. The browser adds its cookies (cross-site
 * request forgery), or the page signs the user in to the attacker's account (login forgery).
 * Guarantee: an unsafe request is allowed only if the browser says that it comes from this origin
 * or a trusted one, or if it has no credentials that a browser adds by itself.
 * Limits: GET handlers that change something, and a page of this origin that an attacker controls.
 * Source: Fetch Metadata (W3C), Go's net/http CrossOriginProtection, OWASP CSRF Prevention Cheat
 * Sheet.
 */

/** The part of a request that the decision needs. */
export interface CrossOriginRequest {
  readonly method: string
  /** The Sec-Fetch-Site header. */
  readonly fetchSite: string | undefined
  /** The Origin header. */
  readonly origin: string | undefined
  /** The host of the request, with its port if it has one. */
  readonly host: string
  readonly hasCookies: boolean
  readonly hasBearer: boolean
}

/** `allowed`, or why the request is refused. */
export type CrossOriginVerdict = 'allowed' | 'cross-site' | 'foreign-origin' | 'unknown-origin'

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Returns whether a method is safe (RFC 9110 section 9.2.1). */
export const isSafe = (method: string): boolean => SAFE_METHODS.has(method)

/**
 * Returns whether a request is allowed.
 * @param trustedOrigins origins such as `https://app.example.com`, compared exactly
 */
export function judgeOrigin(
  request: CrossOriginRequest,
  trustedOrigins: ReadonlySet<string>,
): CrossOriginVerdict {
  // A safe method changes nothing. CORS decides whether the page may read the answer.
  if (isSafe(request.method)) return 'allowed'

  // The operator trusts the pages of this origin.
  if (request.origin !== undefined && trustedOrigins.has(request.origin)) return 'allowed'

  // A page cannot set this header. "none" means that the user typed the address or used a bookmark.
  if (request.fetchSite !== undefined) {
    return request.fetchSite === 'same-origin' || request.fetchSite === 'none' ? 'allowed' : 'cross-site'
  }

  // Browsers from before 2023, and pages over plain http, send Origin only. "null" never matches.
  if (request.origin !== undefined) {
    return hostOf(request.origin) === request.host.toLowerCase() ? 'allowed' : 'foreign-origin'
  }

  // No current browser omits both headers on an unsafe request. Without cookies, or with a header
  // that a page cannot make a browser add, there is nothing to forge.
  return request.hasBearer || !request.hasCookies ? 'allowed' : 'unknown-origin'
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null
}
