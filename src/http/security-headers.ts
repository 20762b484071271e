/**
 * Security headers of answers and pages.
 *
 * Threat: a browser runs an answer of the API as a page, or a page loads content of another origin.
 * Guarantee: an answer of the API may load nothing. A page may load content of this origin only.
 * Limits: headers without an effect here are left out, because each header costs every request.
 * Source: OWASP ASVS 5.0 V3.4.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import helmet, { type HelmetOptions } from 'helmet'
import type { Config } from '../config/config.ts'

/** Returns the headers of every answer. */
export function answerHeaders({ cookieSecure }: Pick<Config, 'cookieSecure'>): Record<string, string> {
  return headersOf({
    contentSecurityPolicy: policy({ formAction: ["'none'"] }),
    // For no-cors requests only. Pages of TRUSTED_ORIGINS use cors mode and need no exception.
    crossOriginResourcePolicy: { policy: 'same-origin' },
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: cookieSecure && { maxAge: YEAR_SECONDS, includeSubDomains: false },
    xContentTypeOptions: true,
  })
}

/** Returns the headers that a page adds to, or replaces in, the headers of every answer. */
export function pageHeaders(): Record<string, string> {
  return headersOf({
    contentSecurityPolicy: policy({
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      fontSrc: ["'self'"],
      connectSrc: ["'self'"],
      manifestSrc: ["'self'"],
      formAction: ["'self'"],
    }),
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  })
}

const policy = (directives: Record<string, string[]>) => ({
  useDefaults: false,
  directives: { defaultSrc: ["'none'"], ...directives, baseUri: ["'none'"], frameAncestors: ["'none'"] },
})

const YEAR_SECONDS = 31_536_000

/** Turns every header of helmet off, also those for old browsers and for features not used here. */
const ALL_OFF = {
  contentSecurityPolicy: false,
  crossOriginOpenerPolicy: false,
  crossOriginResourcePolicy: false,
  originAgentCluster: false,
  referrerPolicy: false,
  strictTransportSecurity: false,
  xContentTypeOptions: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xFrameOptions: false,
  xPermittedCrossDomainPolicies: false,
  xPoweredBy: false,
  xXssProtection: false,
} satisfies HelmetOptions

/** Returns the headers that helmet sets with these options only. */
function headersOf(options: HelmetOptions): Record<string, string> {
  const headers: Record<string, string> = {}
  const response = {
    setHeader: (name: string, value: string) => {
      headers[name.toLowerCase()] = value
    },
  }
  helmet({ ...ALL_OFF, ...options } as HelmetOptions)(
    {} as IncomingMessage,
    response as unknown as ServerResponse,
    () => {},
  )
  return headers
}
