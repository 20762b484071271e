/**
 * The service with a clock that the benchmark moves: `POST /clock/stop` stops it, and `POST /clock/run` lets it go on
 * from a moment of the body. BENCH_JITTER=off gives all access tokens the same lifetime.
 */
import Fastify from 'fastify'
import fp from 'fastify-plugin'
import app, { options } from '../src/app.ts'

let stoppedAt: number | null = null
let offset = 0
const clock = {
  now: () => stoppedAt ?? Date.now() + offset,
  monotonic: () => performance.now(),
}

const fastify = Fastify(options)
const isOff = process.env.BENCH_JITTER === 'off'
await fastify.register(fp(app), { clock, ...(isOff && { jitter: () => 0 }) })
await fastify.register(async (scope) => {
  scope.post('/clock/stop', { config: { auth: 'public' } }, async () => {
    stoppedAt = Date.now()
    return {}
  })
  scope.post<{ Body: { at: number } }>('/clock/run', { config: { auth: 'public' } }, async ({ body }) => {
    stoppedAt = null
    offset = body.at - Date.now()
    return {}
  })
})
await fastify.listen({ port: Number(process.env.PORT) })
