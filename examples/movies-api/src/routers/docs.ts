import scalar from '@scalar/fastify-api-reference'
import type { FastifyPluginAsync } from 'fastify'

/** The OpenAPI document and its page. They are public here. A service with secrets in its API closes them. */
export const docsRouter: FastifyPluginAsync = async (app) => {
  app.decorate('defaultGuard', 'public')
  await app.register(scalar, {
    routePrefix: '/docs',
    configuration: { pageTitle: 'Movies', telemetry: false, withDefaultFonts: false },
  })
}
