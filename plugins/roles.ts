import fp from 'fastify-plugin'
import { createRoles, type RoleDefinitions, type Roles } from '../src/access/roles.ts'
import { provide } from '../src/wiring/internals.ts'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    roles: Roles
  }
}

export interface RolesOptions {
  /** Roles of one's own beside the built-in ones, with their permissions: `{ editor: ['articles:write'] }`. */
  readonly roles?: RoleDefinitions
}

/** Definitions that are wrong stop the start. */
export default fp<RolesOptions>(
  async (app, { roles }) => {
    provide(app, { roles: createRoles(roles) })
  },
  { name: 'roles' },
)
