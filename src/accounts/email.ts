/**
 * One mailbox, one account: the key under which an address is looked up. The address itself is kept as it was written.
 * Source: RFC 5321 (length limits), UTS 46 (internationalised domains), OWASP ASVS 5.0 6.3.
 */
import { domainToASCII } from 'node:url'

/** Same key for addresses that differ in case, in Unicode composition or in the spelling of their domain. */
export function lookupKey(email: string): string {
  const folded = fold(email)
  const at = folded.lastIndexOf('@')
  if (at === -1) return folded
  const domain = folded.slice(at + 1)
  const ascii = urlSyntax.test(domain) ? '' : domainToASCII(domain)
  return `${folded.slice(0, at)}@${ascii || domain}`
}

// domainToASCII reads its argument as the host of a URL: `example.com/x` would become `example.com`, another's domain.
const urlSyntax = /[/\\?#%\t\n\r]/

const fold = (text: string): string => text.normalize('NFKC').toLowerCase().normalize('NFKC')
