import fp from 'fastify-plugin'

/**
 * Warns if the HTTP server has no time limits. The server exists before this plugin, so an
 * application must pass `serverOptions` to Fastify itself.
 */
export default fp(
  async (app) => {
    // The types of Fastify lack `requestTimeout`.
    const { requestTimeout, connectionTimeout } = app.initialConfig as Record<string, unknown>
    for (const [option, value] of Object.entries({ requestTimeout, connectionTimeout })) {
      if (value) continue
      app.log.warn(
        `${option} is 0, so a request may take for ever. Create Fastify with serverOptions(readConfig()).`,
      )
    }
  },
  { name: 'time-limits' },
)
