/**
 * The credentials of an `Authorization: Basic` header, as OAuth clients send them.
 *
 * Id and secret are form-url-encoded before they are joined (RFC 6749 section 2.3.1), so that
 * either may contain a colon.
 * Source: RFC 7617, RFC 6749 section 2.3.1 and appendix B.
 */

export interface BasicCredentials {
  readonly id: string
  readonly secret: string
}

const BASIC = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i

/** Returns whether a header has the scheme Basic. Its credentials may be malformed. */
export const isBasic = (authorization: string | undefined): authorization is string =>
  authorization !== undefined && /^basic\b/i.test(authorization)

/** Returns the credentials, or null if the header has none that can be read. */
export function readBasicCredentials(authorization: string): BasicCredentials | null {
  const encoded = BASIC.exec(authorization)?.[1]
  if (encoded === undefined) return null
  const pair = Buffer.from(encoded, 'base64').toString()
  const colon = pair.indexOf(':')
  if (colon === -1) return null
  const [id, secret] = [decoded(pair.slice(0, colon)), decoded(pair.slice(colon + 1))]
  return id === null || secret === null ? null : { id, secret }
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return null
  }
}
