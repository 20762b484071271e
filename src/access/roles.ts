/**
 * Roles and what they permit, in one place. A token carries the role's name (`role`) and its permissions (`scope`,
 * separated by spaces as in RFC 6749 section 3.3).
 *
 * Threat: a role that means something else than whoever reads its name believes, because somebody defined it again, or
 * a permission whose name falls apart into two.
 * Guarantee: roles of one's own are added to the built-in ones and never replace them; definitions are checked when
 * the service starts, and a wrong one stops it.
 * What it does not do: let roles inherit from each other. Not even an administrator has a permission that is not written
 * down for the role.
 */

import { ADMINISTRATOR_ROLE } from '../store/users.ts'

export const DEFAULT_ROLE = 'user'

/** Roles by their names, each with its permissions. */
export type RoleDefinitions = Readonly<Record<string, readonly string[]>>

const BUILT_IN: RoleDefinitions = {
  [DEFAULT_ROLE]: [],
  [ADMINISTRATOR_ROLE]: ['users:read', 'users:write', 'sessions:read', 'sessions:end', 'events:read'],
}

export interface Roles {
  readonly names: readonly string[]
  isRole(name: unknown): boolean
  /** Whether any role has this permission. */
  isPermission(name: unknown): boolean
  /** A role's permissions as a token's `scope`. A role that is no longer defined permits nothing. */
  scopeOf(role: string): string
  /** Whether the role has this permission. */
  permits(role: string, permission: string): boolean
  /** Whether an account with the first role may change accounts with the second. An administrator may change all of them. */
  reaches(role: string, other: string): boolean
}

const ROLE_NAME = /^[a-z][a-z0-9_-]{0,63}$/
/** RFC 6749 section 3.3: no spaces, quotes or backslashes. */
const PERMISSION_NAME = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/

/**
 * The built-in roles, and those of one's own beside them.
 * @throws TypeError that names what is wrong, for the start-up to fail on
 */
export function createRoles(own: RoleDefinitions = {}): Roles {
  if (typeof own !== 'object' || own === null || Array.isArray(own)) {
    throw new TypeError('roles: takes an object such as { editor: ["articles:write"] }')
  }
  for (const [name, permissions] of Object.entries(own)) checkDefinition(name, permissions)
  const permissionsOf = new Map(Object.entries({ ...BUILT_IN, ...own }))
  const scopes = new Map([...permissionsOf].map(([name, permissions]) => [name, permissions.join(' ')]))
  const all = new Set<unknown>([...permissionsOf.values()].flat())
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

function checkDefinition(name: string, permissions: unknown): void {
  if (Object.hasOwn(BUILT_IN, name)) {
    throw new TypeError(`roles: ${name} is built in and cannot be defined again, choose another name`)
  }
  if (!ROLE_NAME.test(name)) {
    throw new TypeError(
      `roles: ${JSON.stringify(name)} is not a name for a role: small letters, digits, - and _, a letter first`,
    )
  }
  if (!Array.isArray(permissions)) throw new TypeError(`roles: ${name} takes a list of permissions`)
  for (const permission of permissions) {
    if (typeof permission !== 'string' || !PERMISSION_NAME.test(permission)) {
      throw new TypeError(
        `roles: ${name} has ${JSON.stringify(permission)}, which is not a name for a permission, such as articles:write`,
      )
    }
  }
}
