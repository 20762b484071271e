import formbody from '@fastify/formbody'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { provide } from '../src/wiring/internals.ts'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    /**
     * Lets the routes of a scope read forms. Any page may post one, so only routes that use no
     * cookie do. The parser of the application is not used there.
     */
    readForms(scope: FastifyInstance): Promise<void>
  }
}

const FORM = 'application/x-www-form-urlencoded'

export default fp(
  async (app) => {
    provide(app, {
      async readForms(scope) {
        if (scope.hasContentTypeParser(FORM)) scope.removeContentTypeParser(FORM)
        await scope.register(formbody)
      },
    })
  },
  { name: 'forms' },
)
