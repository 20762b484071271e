/**
 * A server of the tests: the real service as a process of its own, on a port that it tells its parent, which it never
 * outlives.
 */
import { flushCompileCache } from 'node:module'
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import fp from 'fastify-plugin'
import app, { options } from '../../src/app.ts'

process.once('disconnect', () => process.exit())

// Several start at once, on a machine that may have other things to do.
const fastify = Fastify({ ...options, pluginTimeout: 100_000 })
// A machine that is busy makes the event loop late. A service of another test answers 503 for it, and this one goes on.
fastify.addHook('onRoute', (route) => {
  route.config = Object.assign({}, route.config, { pressureHandler() {} })
})
await fastify.register(fp(app))
// A guarded route that never answers: its caller has been let in, and is told nothing.
await fastify.register(async (scope) => {
  scope.get('/never', () => new Promise<never>(() => {}))
})
await fastify.listen({ port: 0 })
// A server that is killed does not store what it compiled.
flushCompileCache()
process.send?.((fastify.server.address() as AddressInfo).port)
