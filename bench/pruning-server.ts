/**
 * The service, which prunes when it is told to instead of once in an hour, and tells how many milliseconds each step took.
 */
import Fastify from 'fastify'
import fp from 'fastify-plugin'
import app, { options } from '../src/app.ts'
import { pruneAll } from '../src/db/prune.ts'
import type { PruneLimits } from '../src/store/store.ts'
import { internalsOf } from '../src/wiring/internals.ts'

const fastify = Fastify(options)
await fastify.register(fp(app))
await fastify.register(async (scope) => {
  scope.post('/prune', { config: { auth: 'public' } }, async () => {
    const steps: number[] = []
    const timed = {
      async prune(limits: PruneLimits) {
        const begun = performance.now()
        const rows = await internalsOf(scope).store.prune(limits)
        steps.push(performance.now() - begun)
        return rows
      },
    }
    return { rows: await pruneAll(timed, Date.now(), internalsOf(scope).config), steps }
  })
})
await fastify.listen({ port: Number(process.env.PORT) })
