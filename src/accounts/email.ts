/**
 * The key under which an account is looked up by its address. The address itself is kept as
 * written.
 * Source: RFC 5321 (length limits), UTS 46 (internationalised domains), OWASP ASVS 5.0 6.3.
 */
import { domainToASCII } from 'node:url'

/**
 * The lookup key: equal for addresses that differ only in case, Unicode form or the spelling of the
 * domain.
 */
export function lookupKey(email: string): string {
  const folded = fold(email)
  const at = folded.lastIndexOf('@')
  if (at === -1) return folded
  const domain = folded.slice(at + 1)
  const ascii = urlSyntax.test(domain) ? '' : domainToASCII(domain)
  return `${folded.slice(0, at)}@${ascii || domain}`
}

// domainToASCII parses a URL host: `example.com/x` would become `example.com`, another domain.
const urlSyntax = /[/\\?#%\t\n\r]/

const fold = (text: string): string => text.normalize('NFKC').toLowerCase().normalize('NFKC')
