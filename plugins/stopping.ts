import fp from 'fastify-plugin'

const LOOK_EVERY_MS = 100

/**
 * Lets the service stop as soon as all that was under way is answered. Node.js closes the connections that are idle when
 * it is told to stop; those that become idle afterwards it would keep for the browser's next request, which is not to be
 * answered any more.
 */
export default fp(
  async (app) => {
    let looking: NodeJS.Timeout | undefined
    app.addHook('preClose', async () => {
      looking = setInterval(() => app.server.closeIdleConnections(), LOOK_EVERY_MS)
    })
    app.addHook('onClose', async () => clearInterval(looking))
  },
  { name: 'stopping' },
)
