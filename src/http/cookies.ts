/**
 * Reading the cookies that matter, straight from the header: the hot path needs no object of all cookies, and a
 * parser that keeps one of two equal names would hide that somebody planted the other.
 * Source: RFC 6265bis section 5.
 */

/** Value of a cookie: `undefined` when it is not there or empty, `null` when it is there more than once. */
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

/** Every value under a cookie's name, for who has to do with all of them. */
export const readCookies = (header: string | undefined, name: string): string[] =>
  (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`) && pair.length > name.length + 1)
    .map((pair) => pair.slice(name.length + 1).trim())

const SPACE = 32
const EQUALS = 61

export interface CookieNames {
  readonly access: string
  readonly refresh: string
  /** Of the device cookie: see accounts/device-cookies.ts. */
  readonly device: string
}

/**
 * Names of the cookies. With Secure they carry the `__Host-` prefix, which a browser accepts only from this host itself
 * over https: a sibling domain cannot plant one.
 */
export const cookieNames = (secure: boolean): CookieNames =>
  secure
    ? { access: '__Host-access', refresh: '__Host-refresh', device: '__Host-device' }
    : { access: 'access', refresh: 'refresh', device: 'device' }
