import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { presentRole, RoleListSchema } from '../../src/schemas/administration.ts'
import { internalsOf } from '../../src/wiring/internals.ts'

const roles: FastifyPluginAsyncTypebox = async (app) => {
  const core = internalsOf(app)
  app.get(
    '/roles',
    {
      config: { auth: { permission: 'users:read' } },
      schema: {
        tags: ['administration'],
        summary: 'List the roles and their permissions',
        response: { 200: RoleListSchema },
      },
    },
    async () => ({ roles: core.roles.names.map((name) => presentRole(name, core.roles.scopeOf(name))) }),
  )
}

export default roles
