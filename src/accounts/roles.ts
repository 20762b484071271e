/**
 * Roles and what they permit, in one place. A token carries the role's name (`role`) and its permissions (`scope`,
 * separated by spaces as in RFC 6749 section 3.3).
 */

export const DEFAULT_ROLE = 'user'

const PERMISSIONS: Readonly<Record<string, readonly string[]>> = {
  user: [],
  admin: ['users:read', 'users:write', 'sessions:read', 'sessions:end', 'events:read'],
}

export const roleNames: readonly string[] = Object.keys(PERMISSIONS)

const permissionNames: ReadonlySet<string> = new Set(Object.values(PERMISSIONS).flat())

export const isRole = (name: string): boolean => Object.hasOwn(PERMISSIONS, name)

export const isPermission = (name: string): boolean => permissionNames.has(name)

/** A role's permissions as a token's `scope`. A role that is no longer defined permits nothing. */
export const scopeOf = (role: string): string =>
  isRole(role) ? (PERMISSIONS[role] as readonly string[]).join(' ') : ''
