/**
 * Refuses requests that a page of another site makes a browser send.
 *
 * Threat: a foreign page sends a request to this service. The browser adds its cookies (cross-site
 * request forgery), or the page signs the user in to the attacker's account (login forgery).
 * Guarantee: an unsafe request is allowed only if the browser says that it comes from this origin
 * or a trusted one, or if it names no origin and has no credentials that a browser adds by itself.
 * Limits: GET handlers that change something, and a page of this origin that an attacker controls.
 * A browser from before 2020 that names no origin and has no cookie of this service is taken for a
 * program. Its forms cannot sign in either: sign-in and registration read JSON only.
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
  /** Whether a cookie of this service has a value. Other cookies are no credentials here. */
  readonly hasOwnCookies: boolean
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
    return isOrigin(request.origin, request.host) ? 'allowed' : 'foreign-origin'
  }

  // No current browser omits both headers on an unsafe request, with cookies or without. A program
  // does. It may sign in while it has no cookie of this service: there is no session to forge with.
  // A header that a page cannot make a browser add also shows that no page sent the request.
  return request.hasBearer || !request.hasOwnCookies ? 'allowed' : 'unknown-origin'
}

/** The scheme may differ: a proxy may end TLS. A client may write the port of the scheme in Host. */
function isOrigin(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false
  const named = new URL(origin)
  const port = named.protocol === 'https:' ? 443 : 80
  const hosts = named.port === '' ? [named.host, `${named.host}:${port}`] : [named.host]
  return hosts.includes(host.toLowerCase())
}
