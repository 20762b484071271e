import fp from 'fastify-plugin'

/**
 * Warns where the HTTP server waits for ever. It is created before this plugin is registered, so an application built
 * around the service has to pass `serverOptions` to Fastify itself.
 */
export default fp(
  async (app) => {
    // The typings leave the first one out.
    const { requestTimeout, connectionTimeout } = app.initialConfig as Record<string, unknown>
    for (const [option, value] of Object.entries({ requestTimeout, connectionTimeout })) {
      if (value) continue
      app.log.warn(
        `${option} is 0, so a request may take for ever: create Fastify with serverOptions(readConfig())`,
      )
    }
  },
  { name: 'time-limits' },
)
