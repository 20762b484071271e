import fp from 'fastify-plugin'
import { auditRoutes } from '../src/hooks/audited-routes.ts'

/** Checks every route before the start: src/hooks/audited-routes.ts. */
export default fp(
  async (app) => {
    // The service has routes of its own.
    auditRoutes(app, () => true)
  },
  { name: 'route-audit', dependencies: ['guards'] },
)
