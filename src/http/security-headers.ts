/**
 * Headers that tell a browser what it may do with what comes from this origin. For an answer of the API: nothing, it is
 * no page. For a page: to load what comes from this origin, and nothing else. They are no more than mean something, because
 * each costs every request.
 * Source: OWASP ASVS 5.0 V3.4.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import helmet, { type HelmetOptions } from 'helmet'
import type { Config } from '../config/config.ts'

/** What every answer carries. */
export function answerHeaders({ cookieSecure }: Pick<Config, 'cookieSecure'>): Record<string, string> {
  return headersOf({
    contentSecurityPolicy: policy({ formAction: ["'none'"] }),
    // Browsers apply this to no-cors requests only. TRUSTED_ORIGINS ask in cors mode, and need no exception.
    crossOriginResourcePolicy: { policy: 'same-origin' },
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: cookieSecure && { maxAge: YEAR_SECONDS, includeSubDomains: false },
    xContentTypeOptions: true,
  })
}

/** What a page carries besides, or instead. */
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

/** Those for browsers that are gone, and for what this service does not do, among them. */
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

/** What helmet sets when asked for these headers alone. */
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
