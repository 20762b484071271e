import fp from 'fastify-plugin'
import { createRoles, type RoleDefinitions, type Roles } from '../src/access/roles.ts'
import { provide } from '../src/wiring/internals.ts'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    roles: Roles
  }
}

export interface RolesOptions {
  /** Roles besides the built-in ones, with their permissions: `{ editor: ['articles:write'] }`. */
  readonly roles?: RoleDefinitions
}

/** Creates the roles. An invalid definition stops the start. */
export default fp<RolesOptions>(
  async (app, { roles }) => {
    provide(app, { roles: createRoles(roles) })
  },
  { name: 'roles' },
)
