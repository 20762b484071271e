import fp from 'fastify-plugin'
import { internalsOf, provide } from '../src/wiring/internals.ts'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    /**
     * Whether the service is ready for requests: the store answers, and the service is not
     * stopping.
     */
    isReady(): Promise<boolean>
  }
}

export default fp(
  async (app) => {
    const { store } = internalsOf(app)
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
    provide(app, { isReady })
  },
  { name: 'health', dependencies: ['database'] },
)
