import fp from 'fastify-plugin'
import { internalsOf } from '../src/wiring/internals.ts'

/** Pages of TRUSTED_ORIGINS may call with cookies and read the answers; those of any other origin may not. */
export default fp(
  async (app) => {
    const core = internalsOf(app)
    const { trustedOrigins } = core.config
    if (trustedOrigins.length === 0) return
    // A preflight belongs to no route, so the application answers it.
    if (core.scope.isOwn(app)) {
      app.addHook('onReady', async () => {
        if (app.hasPlugin('@fastify/cors')) return
        app.log.warn(
          'TRUSTED_ORIGINS is set, and nothing answers their preflights: register @fastify/cors with the same origins',
        )
      })
      return
    }
    // A preflight is answered below, before any route is reached: it is counted here.
    app.addHook('onRequest', (request, reply, done) => {
      if (request.method !== 'OPTIONS') return done()
      core
        .limitPerAddress(request, reply)
        // @fastify/cors would answer 204 without CORS headers, which explains nothing.
        .then(() => core.refusePreflight(request))
        .then(() => done(), done)
    })
    const { default: fastifyCors } = await import('@fastify/cors')
    await app.register(fastifyCors, {
      origin: [...trustedOrigins],
      credentials: true,
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
      // What a page may read besides the usual: when to try again, and in development what Live shows.
      exposedHeaders: ['retry-after', 'server-timing'],
      maxAge: 600,
    })
  },
  { name: 'cors', dependencies: ['env', 'guards', 'helmet', 'address-limit', 'cross-origin', 'errors'] },
)
