import type { FastifyRequest, HookHandlerDoneFunction, preParsingHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { AuthError } from '../src/errors.ts'
import { isSafe, judgeOrigin } from '../src/http/cross-origin.ts'
import { internalsOf, provide } from '../src/wiring/internals.ts'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    /** For a method that changes something. Any other is allowed. */
    refuseForeign(request: FastifyRequest, done: HookHandlerDoneFunction): void
  }
}

/** Refuses what a foreign page made a browser send, before anything is read, refreshed or changed. */
export default fp(
  async (app) => {
    const core = internalsOf(app)
    const trusted = new Set(core.config.trustedOrigins)

    function refuseForeign(request: FastifyRequest, done: HookHandlerDoneFunction): void {
      const { headers, method, host } = request
      const verdict = judgeOrigin(
        {
          method,
          fetchSite: headers['sec-fetch-site'] as string | undefined,
          origin: headers.origin,
          host,
          hasCookies: headers.cookie !== undefined,
          // Not any Authorization: a browser adds Basic credentials by itself.
          hasBearer: /^bearer\b/i.test(headers.authorization ?? ''),
        },
        trusted,
      )
      if (verdict === 'allowed') {
        done()
        return
      }
      const message =
        verdict === 'unknown-origin'
          ? 'A request with cookies that changes something must say where it comes from: send an Origin header'
          : undefined
      const client = core.client(request)
      core.refusalEvents
        .record('cross-origin-refused', `${client.ip} ${verdict}`, { client, reason: verdict })
        .then(() =>
          done(new AuthError('CROSS_ORIGIN_REFUSED', { reason: verdict, ...(message && { message }) })),
        )
    }
    provide(app, { refuseForeign })

    const hook: preParsingHookHandler = (request, _reply, _payload, done) => refuseForeign(request, done)

    // Only where a method can change something, which is what the judgement begins with anyway. Not onRequest: the limit
    // for all requests of an address comes first. The strict limit comes after: a foreign page must not use up the
    // sign-ins of its visitor.
    app.addHook('onRoute', function onRoute(route) {
      if (!core.scope.covers(this, route)) return
      if ([route.method].flat().every(isSafe)) return
      route.preParsing = [hook, ...(route.preParsing === undefined ? [] : [route.preParsing].flat())]
    })
  },
  { name: 'cross-origin', dependencies: ['env', 'events', 'rate-limit'] },
)
