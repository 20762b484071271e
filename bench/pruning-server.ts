/**
 * The service, which prunes when it is told to instead of once in an hour, and tells how many milliseconds each step
 * took, and how many of them it used the CPU.
 */
import Fastify from 'fastify'
import fp from 'fastify-plugin'
import app, { options } from '../src/app.ts'
import type { PruneLimits } from '../src/db/store.ts'
import { pruneAll } from '../src/maintenance.ts'

const fastify = Fastify(options)
await fastify.register(fp(app))
await fastify.register(async (scope) => {
  scope.post('/prune', { config: { auth: 'public' } }, async () => {
    const steps: number[] = []
    const cpu: number[] = []
    const timed = {
      async prune(limits: PruneLimits) {
        const begun = performance.now()
        const used = process.cpuUsage()
        const rows = await scope.store.prune(limits)
        steps.push(performance.now() - begun)
        const { user, system } = process.cpuUsage(used)
        cpu.push((user + system) / 1_000)
        return rows
      },
    }
    return { rows: await pruneAll(timed, Date.now(), scope.config), steps, cpu }
  })
})
await fastify.listen({ port: Number(process.env.PORT) })
