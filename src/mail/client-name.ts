/**
 * Names the program of a User-Agent header for a mail.
 *
 * Threat: an attacker puts a sentence with a link into the User-Agent header, and the service mails
 * it to the owner of an account.
 * Guarantee: every name comes from the lists of the library, never from the header.
 * Limits: a client chooses the header, and can name another browser.
 */
import { createRequire } from 'node:module'
import { isIP } from 'node:net'

const require = createRequire(import.meta.url)

/** Null for what is not known. */
export interface ClientName {
  readonly browser: string | null
  readonly system: string | null
  readonly ip: string | null
}

/** Loaded with the first mail: the start of the service does not wait for it. */
const loadBowser = () => require('bowser') as typeof import('bowser')

const known = (names: Readonly<Record<string, string>>, name: string | undefined): string | null =>
  name !== undefined && Object.values(names).includes(name) ? name : null

export function clientName(ip: string | undefined, userAgent: string | undefined): ClientName {
  const bowser = loadBowser()
  const named = userAgent ? bowser.parse(userAgent) : undefined
  return {
    browser: known(bowser.BROWSER_MAP, named?.browser.name),
    system: known(bowser.OS_MAP, named?.os.name),
    ip: ip !== undefined && isIP(ip) !== 0 ? ip : null,
  }
}
