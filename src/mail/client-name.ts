/**
 * Names the program of a User-Agent header for a mail.
 *
 * Threat: an attacker puts a sentence with a link into the User-Agent header, and the service mails
 * it to the owner of an account.
 * Guarantee: every name comes from the lists of the library, never from the header.
 * Limits: a client chooses the header, and can name another browser.
 */
import { isIP } from 'node:net'
import bowser from 'bowser'

/** Null for what is not known. */
export interface ClientName {
  readonly browser: string | null
  readonly system: string | null
  readonly ip: string | null
}

const BROWSERS = new Set(Object.values(bowser.BROWSER_MAP))
const SYSTEMS = new Set(Object.values(bowser.OS_MAP))

const known = (names: ReadonlySet<string>, name: string | undefined): string | null =>
  name !== undefined && names.has(name) ? name : null

export function clientName(ip: string | undefined, userAgent: string | undefined): ClientName {
  const named = userAgent ? bowser.parse(userAgent) : undefined
  return {
    browser: known(BROWSERS, named?.browser.name),
    system: known(SYSTEMS, named?.os.name),
    ip: ip !== undefined && isIP(ip) !== 0 ? ip : null,
  }
}
