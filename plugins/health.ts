import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** Whether requests should be sent here: the store answers, and the service is not about to stop. */
    isReady(): Promise<boolean>
  }
}

export default fp(
  async (app) => {
    let draining = false
    app.addHook('preClose', async () => {
      draining = true
    })
    app.decorate('isReady', async () => {
      if (draining) return false
      try {
        await app.store.ping()
        return true
      } catch (error) {
        app.log.warn({ err: error }, 'the store does not answer')
        return false
      }
    })
  },
  { name: 'health', dependencies: ['database'] },
)
