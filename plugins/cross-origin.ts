import type { FastifyRequest, HookHandlerDoneFunction, preParsingHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { AuthError } from '../src/errors.ts'
import { hookList } from '../src/hooks/hook-list.ts'
import { hasOwnCookie } from '../src/http/cookies.ts'
import {
  type CrossOriginRequest,
  type CrossOriginVerdict,
  isSafe,
  judgeOrigin,
} from '../src/http/cross-origin.ts'
import { adviceFor } from '../src/http/cross-origin-advice.ts'
import { internalsOf, provide } from '../src/wiring/internals.ts'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    /** For a method that changes something. Any other is allowed. */
    refuseForeign(request: FastifyRequest, done: HookHandlerDoneFunction): void
    /**
     * Rejects for a preflight of an origin that is not trusted. In production, such a preflight is
     * answered like any other request for a method that a path does not support.
     */
    refusePreflight(request: FastifyRequest): Promise<void>
  }
}

/** Refuses what a foreign page made a browser send, before anything is read, refreshed or changed. */
export default fp(
  async (app) => {
    const core = internalsOf(app)
    const trusted = new Set(core.config.trustedOrigins)

    function refuseForeign(request: FastifyRequest, done: HookHandlerDoneFunction): void {
      const facts = factsOf(request)
      const verdict = judgeOrigin(facts, trusted)
      if (verdict === 'allowed') done()
      else refusal(request, facts, verdict).then(done)
    }

    async function refusePreflight(request: FastifyRequest): Promise<void> {
      const { method, headers } = request
      if (core.config.production || method !== 'OPTIONS') return
      if (headers.origin === undefined || headers['access-control-request-method'] === undefined) return
      // The origin alone decides, as for an older browser.
      const facts = { ...factsOf(request), method: 'POST', fetchSite: undefined }
      const verdict = judgeOrigin(facts, trusted)
      if (verdict !== 'allowed') throw await refusal(request, facts, verdict)
    }

    async function refusal(
      request: FastifyRequest,
      facts: CrossOriginRequest,
      verdict: Exclude<CrossOriginVerdict, 'allowed'>,
    ): Promise<AuthError> {
      const client = core.client(request)
      const message = adviceFor(verdict, facts, request.protocol)
      const reason = `${verdict}: ${message}`
      await core.refusalEvents.record('cross-origin-refused', `${client.ip} ${verdict}`, { client, reason })
      return new AuthError('CROSS_ORIGIN_REFUSED', { reason: verdict, message })
    }

    provide(app, { refuseForeign, refusePreflight })

    const hook: preParsingHookHandler = (request, _reply, _payload, done) => refuseForeign(request, done)

    // Only where a method can change something, which is what the judgement begins with anyway. Not onRequest: the limit
    // for all requests of an address comes first. The strict limit comes after: a foreign page must not use up the
    // sign-ins of its visitor.
    app.addHook('onRoute', function onRoute(route) {
      if (!core.scope.covers(this, route)) return
      if ([route.method].flat().every(isSafe)) return
      route.preParsing = [hook, ...hookList(route.preParsing)]
    })
  },
  { name: 'cross-origin', dependencies: ['env', 'events', 'rate-limit'] },
)

const factsOf = ({ headers, method, host }: FastifyRequest): CrossOriginRequest => ({
  method,
  fetchSite: headers['sec-fetch-site'] as string | undefined,
  origin: headers.origin,
  host,
  hasOwnCookies: hasOwnCookie(headers.cookie),
  // Not any Authorization: a browser adds Basic credentials by itself.
  hasBearer: /^bearer\b/i.test(headers.authorization ?? ''),
})
