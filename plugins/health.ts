import fp from 'fastify-plugin'
import { internalsOf, provide } from '../src/wiring/internals.ts'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    /**
     * Whether the service is ready for requests: the store answers, and the service is not
     * stopping.
     */
    isReady(): Promise<boolean>
    /** Whether a part is away without which the service goes on: shared limits. */
    isDegraded(): boolean
  }
}

export default fp(
  async (app) => {
    const { store, limits } = internalsOf(app)
    let isStopping = false
    app.addHook('preClose', async () => {
      isStopping = true
    })
    async function isReady(): Promise<boolean> {
      if (isStopping) return false
      try {
        await store.ping()
        return true
      } catch (error) {
        app.log.warn({ err: error }, 'The database does not answer')
        return false
      }
    }
    provide(app, { isReady, isDegraded: () => limits.isDegraded() })
  },
  { name: 'health', dependencies: ['database', 'request-counts'] },
)
