/**
 * A server of the tests: the real service as a process on a port that it sends to its parent. It
 * ends with its parent at the latest.
 */
import { flushCompileCache } from 'node:module'
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import fp from 'fastify-plugin'
import app, { options } from '../../src/app.ts'

process.once('disconnect', () => process.exit())

// Several start at once, on a machine that may have other things to do.
const fastify = Fastify({ ...options, pluginTimeout: 100_000 })
// A busy machine makes the event loop late. The service of another test answers 503 then; this one
// goes on.
fastify.addHook('onRoute', (route) => {
  route.config = Object.assign({}, route.config, { pressureHandler() {} })
})
await fastify.register(fp(app))
// A guarded route that never answers its caller.
await fastify.register(async (scope) => {
  scope.get('/never', () => new Promise<never>(() => {}))
})
await fastify.listen({ port: Number(process.env.PORT ?? 0) })
// A server that is killed does not store what it compiled.
flushCompileCache()
process.send?.((fastify.server.address() as AddressInfo).port)
