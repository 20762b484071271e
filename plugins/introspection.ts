import fp from 'fastify-plugin'
import { createIntrospection, type Introspection } from '../src/sign-in/introspection.ts'
import { internalsOf, provide } from '../src/wiring/internals.ts'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    /** Introspection and revocation of tokens. */
    introspection: Introspection
  }
}

export default fp(
  async (app) => {
    provide(app, { introspection: createIntrospection(internalsOf(app)) })
  },
  { name: 'introspection', dependencies: ['sessions', 'clock'] },
)
