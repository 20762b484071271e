import Fastify, { type FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { provide } from '../src/wiring/internals.ts'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    /**
     * A Fastify instance without routes that never listens. Libraries decorate it instead of the
     * application around the service. There they would conflict with another copy of the library,
     * use its options, or expose a secret.
     */
    apart: FastifyInstance
  }
}

export default fp(
  async (app) => {
    const apart = Fastify()
    provide(app, { apart })
    app.addHook('onClose', () => apart.close())
  },
  { name: 'apart' },
)
