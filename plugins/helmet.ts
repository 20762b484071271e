import type { IncomingMessage, ServerResponse } from 'node:http'
import fp from 'fastify-plugin'
import helmet, { type HelmetOptions } from 'helmet'

/**
 * Headers that tell a browser what it may do with what comes from this origin. For an answer of the API: nothing, it is
 * no page. For a page: to load what comes from this origin, and nothing else. They are the same every time, so helmet is
 * asked once; and they are no more than mean something, because each costs every request.
 */
export default fp(
  async (app) => {
    const { trustedOrigins, cookieSecure } = app.config
    const ofAnswers = headersOf({
      contentSecurityPolicy: policy({ formAction: ["'none'"] }),
      // Cross-origin readers are admitted by CORS, which this would otherwise overrule.
      crossOriginResourcePolicy: { policy: trustedOrigins.length === 0 ? 'same-origin' : 'cross-origin' },
      referrerPolicy: { policy: 'no-referrer' },
      strictTransportSecurity: cookieSecure && { maxAge: YEAR_SECONDS, includeSubDomains: false },
      xContentTypeOptions: true,
    })
    const ofPages = headersOf({
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

    app.addHook('onRequest', (_request, reply, done) => {
      reply.headers(ofAnswers)
      done()
    })
    app.addHook('onSend', (_request, reply, _payload, done) => {
      if (String(reply.getHeader('content-type')).startsWith('text/html')) reply.headers(ofPages)
      done()
    })
  },
  { name: 'helmet', dependencies: ['env'] },
)

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
