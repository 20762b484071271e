/**
 * What a refused request is told, and what the log says of it.
 *
 * Threat: an attacker chooses the headers Origin and Host, and writes into the answer or the log.
 * Guarantee: the text repeats an origin or a host only if it consists of letters, digits and
 * `.:[]_-`, and has at most 260 characters.
 * Limits: the attacker's origin is named. The text says that only its operator should trust it.
 * Source: OWASP Logging Cheat Sheet, RFC 6749 section 5.2 (no quotation marks).
 */
import { messageOf } from '../errors.ts'
import type { CrossOriginRequest, CrossOriginVerdict } from './cross-origin.ts'

const PRINTABLE = /^https?:\/\/[\w.:[\]-]{1,252}$/

/** Returns the origin of a URL as a browser writes it, or null if it is none that can be shown. */
function shown(url: string): string | null {
  const origin = URL.canParse(url) ? new URL(url).origin : ''
  return PRINTABLE.test(origin) ? origin : null
}

type Refused = Pick<CrossOriginRequest, 'origin' | 'host'>

/**
 * Returns which origin was found, with which host it was compared, which origin is accepted, and
 * which setting trusts another.
 * @param protocol the scheme by which the client reached the service: http or https
 */
export function adviceFor(
  verdict: Exclude<CrossOriginVerdict, 'allowed'>,
  { origin, host }: Refused,
  protocol: string,
): string {
  const own = shown(`${protocol}://${host}`)
  const accepted = own === null ? 'The Host header is not valid.' : `Accepted here is Origin: ${own}.`
  if (verdict === 'unknown-origin') {
    return `A request with cookies that changes something must say where it comes from: send an Origin header. ${accepted}`
  }
  const from = origin === undefined ? null : shown(origin)
  const found = from ?? (origin === undefined ? 'missing' : 'not an http origin')
  const compared = own === null ? 'an invalid host' : `the host ${new URL(own).host}`
  const trust =
    from === null || from === own
      ? ''
      : ` If you operate ${from}, add it to the setting: TRUSTED_ORIGINS=${from}`
  const why =
    verdict === 'cross-site' ? 'The browser says that it comes from another site (Sec-Fetch-Site). ' : ''
  return `${messageOf('CROSS_ORIGIN_REFUSED')}. ${why}Its Origin is ${found}, compared with ${compared}. ${accepted}${trust}`
}
