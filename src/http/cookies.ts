/**
 * Reads the service's cookies from the header.
 *
 * Threat: an attacker plants a second cookie of the same name. A usual parser keeps one of the two.
 * Guarantee: a cookie that is sent twice is reported and not read.
 * Limits: the values are not decoded or checked.
 * Source: RFC 6265bis section 5.
 *
 * Every request reads cookies, so no object of all cookies is created.
 */

/**
 * Returns a cookie's value, `undefined` if it is missing or empty, or `null` if it is sent twice.
 */
export function readCookie(header: string | undefined, name: string): string | null | undefined {
  if (header === undefined) return undefined
  let value: string | undefined
  let from = 0
  while (from < header.length) {
    const semicolon = header.indexOf(';', from)
    const end = semicolon === -1 ? header.length : semicolon
    let start = from
    while (header.charCodeAt(start) === SPACE) start += 1
    if (header.startsWith(name, start) && header.charCodeAt(start + name.length) === EQUALS) {
      const found = header.slice(start + name.length + 1, end).trim()
      if (found !== '') {
        if (value !== undefined) return null
        value = found
      }
    }
    from = end + 1
  }
  return value
}

/** Returns every value of a cookie, in the order of the header. */
export const readCookies = (header: string | undefined, name: string): string[] =>
  (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`) && pair.length > name.length + 1)
    .map((pair) => pair.slice(name.length + 1).trim())

const SPACE = 32
const EQUALS = 61

/** The names of the service's cookies. */
export interface CookieNames {
  readonly access: string
  readonly refresh: string
  /** See credentials/device-cookies.ts. */
  readonly device: string
}

/**
 * Returns the names of the cookies. Secure cookies have the `__Host-` prefix: a browser accepts
 * them only from this host over https, so a sibling domain cannot plant one.
 */
export const cookieNames = (secure: boolean): CookieNames =>
  secure
    ? { access: '__Host-access', refresh: '__Host-refresh', device: '__Host-device' }
    : { access: 'access', refresh: 'refresh', device: 'device' }

const OWN_COOKIE = /(?:^|;)\s*(?:__Host-)?(?:access|refresh|device)=\s*[^;\s]/

/**
 * Returns whether a header has a cookie of this service with a value. Both forms of the names
 * count: a browser may still have cookies from before a change of COOKIE_SECURE.
 */
export const hasOwnCookie = (header: string | undefined): boolean =>
  header !== undefined && OWN_COOKIE.test(header)
