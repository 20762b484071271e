/**
 * One mailbox, one account: the key under which an address is looked up. The address itself is kept as it was written.
 * Source: RFC 5321 (length limits), UTS 46 (internationalised domains), OWASP ASVS 5.0 6.3.
 */
import { domainToASCII } from 'node:url'

/** Same key for addresses that differ in case, in Unicode composition or in the spelling of their domain. */
export function lookupKey(email: string): string {
  const at = email.lastIndexOf('@')
  if (at === -1) return fold(email)
  const [local, domain] = [email.slice(0, at), email.slice(at + 1)]
  return `${fold(local)}@${domainToASCII(domain) || fold(domain)}`
}

const fold = (text: string): string => text.normalize('NFKC').toLowerCase().normalize('NFKC')
