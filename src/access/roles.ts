/**
 * Roles and their permissions. A token carries the role's name (`role`) and its permissions
 * (`scope`).
 *
 * Threat: a built-in role is defined again and permits more than its name says. The name of a
 * permission contains a space, so that it reads as two.
 * Guarantee: an application adds roles and cannot replace the built-in ones. A wrong definition
 * stops the start.
 * Limits: roles do not inherit. Even an administrator has only the permissions of the definition.
 * Source: RFC 6749 section 3.3 (scope).
 */

import { ADMINISTRATOR_ROLE } from '../store/users.ts'

/** The role of a new account, unless another one is given. */
export const DEFAULT_ROLE = 'user'

/** The permissions of each role, by the role's name. */
export type RoleDefinitions = Readonly<Record<string, readonly string[]>>

const BUILT_IN: RoleDefinitions = {
  [DEFAULT_ROLE]: [],
  [ADMINISTRATOR_ROLE]: ['users:read', 'users:write', 'sessions:read', 'sessions:end', 'events:read'],
}

/** Permissions of the service that no built-in role has. A role of the application may have them. */
const GRANTABLE = ['tokens:introspect']

export interface Roles {
  readonly names: readonly string[]
  isRole(name: unknown): boolean
  /** Returns whether any role has this permission, or a route of the service asks for it. */
  isPermission(name: unknown): boolean
  /**
   * Returns a role's permissions, separated by spaces. Returns an empty string for a role that is
   * no longer defined.
   */
  scopeOf(role: string): string
  /** Returns whether the role has this permission. */
  permits(role: string, permission: string): boolean
  /**
   * Returns whether an account with `role` may change accounts with the role `other`. An
   * administrator may change every account.
   */
  reaches(role: string, other: string): boolean
}

const ROLE_NAME = /^[a-z][a-z0-9_-]{0,63}$/
/** RFC 6749 section 3.3: no spaces, quotes or backslashes. */
const PERMISSION_NAME = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/

/**
 * Creates the built-in roles and the roles of the application.
 * @throws TypeError that says what is wrong and stops the start
 */
export function createRoles(own: RoleDefinitions = {}): Roles {
  if (typeof own !== 'object' || own === null || Array.isArray(own)) {
    throw new TypeError('roles: must be an object such as { editor: ["articles:write"] }')
  }
  for (const [name, permissions] of Object.entries(own)) checkDefinition(name, permissions)
  const permissionsOf = new Map(Object.entries({ ...BUILT_IN, ...own }))
  const scopes = new Map([...permissionsOf].map(([name, permissions]) => [name, permissions.join(' ')]))
  const all = new Set<unknown>([...GRANTABLE, ...[...permissionsOf.values()].flat()])
  const names = [...permissionsOf.keys()]
  const of = (role: string): readonly string[] => permissionsOf.get(role) ?? []

  return {
    names,
    isRole: (name) => (permissionsOf as ReadonlyMap<unknown, unknown>).has(name),
    isPermission: (name) => all.has(name),
    scopeOf: (role) => scopes.get(role) ?? '',
    permits: (role, permission) => of(role).includes(permission),
    reaches: (role, other) =>
      role === ADMINISTRATOR_ROLE || of(other).every((permission) => of(role).includes(permission)),
  }
}

/** For a service that does not know the roles of the issuer: each name that a role can have. */
export const rolesOfIssuer: Pick<Roles, 'isRole' | 'isPermission'> = {
  isRole: (name) => typeof name === 'string' && ROLE_NAME.test(name),
  isPermission: (name) => typeof name === 'string' && PERMISSION_NAME.test(name),
}

function checkDefinition(name: string, permissions: unknown): void {
  if (Object.hasOwn(BUILT_IN, name)) {
    throw new TypeError(`roles: ${name} is a built-in role. Choose another name`)
  }
  if (!ROLE_NAME.test(name)) {
    throw new TypeError(
      `roles: ${JSON.stringify(name)} must be 1 to 64 lower-case letters, digits, - and _, and begin with a letter`,
    )
  }
  if (!Array.isArray(permissions)) throw new TypeError(`roles: ${name} must be a list of permissions`)
  for (const permission of permissions) {
    if (typeof permission !== 'string' || !PERMISSION_NAME.test(permission)) {
      throw new TypeError(
        `roles: ${name} has ${JSON.stringify(permission)}, but a permission must be a name without spaces, such as articles:write`,
      )
    }
  }
}
