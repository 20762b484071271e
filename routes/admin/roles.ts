import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { presentRole, RoleListSchema } from '../../src/schemas/administration.ts'

const roles: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/roles',
    {
      config: { auth: { permission: 'users:read' } },
      schema: {
        tags: ['administration'],
        summary: 'The roles that there are, and what they permit',
        response: { 200: RoleListSchema },
      },
    },
    async () => ({ roles: app.roles.names.map((name) => presentRole(name, app.roles.scopeOf(name))) }),
  )
}

export default roles
