import fp from 'fastify-plugin'
import { internalsOf, provide } from '../src/wiring/internals.ts'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    /** Whether requests should be sent here: the store answers, and the service is not about to stop. */
    isReady(): Promise<boolean>
  }
}

export default fp(
  async (app) => {
    const { store } = internalsOf(app)
    let draining = false
    app.addHook('preClose', async () => {
      draining = true
    })
    async function isReady(): Promise<boolean> {
      if (draining) return false
      try {
        await store.ping()
        return true
      } catch (error) {
        app.log.warn({ err: error }, 'the store does not answer')
        return false
      }
    }
    provide(app, { isReady })
  },
  { name: 'health', dependencies: ['database'] },
)
