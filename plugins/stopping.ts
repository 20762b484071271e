import fp from 'fastify-plugin'

const CHECK_EVERY_MS = 100

/**
 * Lets the service stop as soon as every request in progress is answered. When it stops, Node.js
 * closes the connections that are idle at that time. It would keep connections that become idle
 * later for a next request, so this plugin closes them.
 */
export default fp(
  async (app) => {
    let checking: NodeJS.Timeout | undefined
    app.addHook('preClose', async () => {
      checking = setInterval(() => app.server.closeIdleConnections(), CHECK_EVERY_MS)
    })
    app.addHook('onClose', async () => clearInterval(checking))
  },
  { name: 'stopping' },
)
