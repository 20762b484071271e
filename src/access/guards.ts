/**
 * The guard of a route: the declaration of who may call it, and the check that is compiled from it.
 *
 * Threat: a developer forgets to protect a route, or misspells a rule so that it never matches.
 * Guarantee: guards are compiled at the start. A guard with an unknown role, permission, key or
 * path parameter stops the start. A route without a guard requires a signed-in user.
 * Limits: route-audit.ts checks that a compiled guard is still enforced.
 * Source: OWASP ASVS 5.0 V8 (authorization), deny by default.
 */
import type { Roles } from './roles.ts'

interface Parts {
  /** The role that the caller must have, or several roles of which the caller must have one. */
  readonly role: string | readonly string[]
  /** The permission that the caller's role must have. */
  readonly permission: string
  /** The path parameter that must be the caller's user id, such as `params.userId`. */
  readonly owner: `params.${string}`
}

/**
 * One rule. If it has several parts, all of them must hold. `or` is an alternative to the whole
 * rule. The type requires at least one part. Fastify infers the type of `config`, so a type with
 * optional parts only would accept a misspelt part, or any string.
 */
export type Rule = Partial<Parts> & { readonly or?: Rule } & (
    | Pick<Parts, 'role'>
    | Pick<Parts, 'permission'>
    | Pick<Parts, 'owner'>
  )

/**
 * Registered clients, which authenticate by HTTP Basic: see clients/clients.ts. `or` lets signed-in
 * users in as well.
 */
export interface ClientRule {
  readonly client: true
  readonly or?: 'signed-in' | Rule
}

/**
 * `public`: every client. `signed-in`: every signed-in user, the default. Else a rule for them, or
 * registered clients.
 */
export type Guard = 'public' | 'signed-in' | Rule | ClientRule

/** The key of the compiled guard in the configuration of a route. */
export const COMPILED = Symbol('compiled guard')

/** What route-audit.ts needs to know about a route. */
export interface CompiledGuard {
  /** The Fastify instance whose plugin compiled the guard. */
  readonly scope: object
  readonly guard: Guard
  /** Whether the route declares no guard of its own. */
  readonly isDefault: boolean
  /** Returns whether the route still has every hook that enforces the guard. */
  isEnforced(): boolean
}

/** The signed-in user, as a guard sees it. */
export interface Caller {
  readonly userId: string
  readonly role: string
  /** Permissions separated by spaces. */
  readonly scope: string
}

/** The names that a guard may use. */
export type KnownNames = Pick<Roles, 'isRole' | 'isPermission'>

/** Returns whether the caller may call the route. `params` are the path parameters. */
export type Check = (caller: Caller, params: Readonly<Record<string, string>>) => boolean

const RULE_KEYS = new Set(['role', 'permission', 'owner', 'or'])
const PARTS = [...RULE_KEYS].join(', ')
const CLIENT_WITHIN =
  'has client within a rule, but it must come first: { client: true, or: { role: "admin" } }'

/**
 * Compiles a guard for signed-in users. admission.ts compiles one for registered clients.
 * @param path the route's path, with parameters such as `:userId`
 * @returns null if the route is public
 * @throws TypeError that says what is wrong and stops the start
 */
export function compileGuard(guard: unknown, path: string, roles: KnownNames): Check | null {
  if (guard === 'public') return null
  if (guard === 'signed-in') return () => true
  return compileRule(guard, path, roles)
}

function compileRule(rule: unknown, path: string, roles: KnownNames): Check {
  if (typeof rule !== 'object' || rule === null || Array.isArray(rule)) {
    throw new TypeError(`is ${JSON.stringify(rule)}, but must be 'public', 'signed-in' or a rule`)
  }
  if ('client' in rule) throw new TypeError(CLIENT_WITHIN)
  const unknown = Object.keys(rule).filter((key) => !RULE_KEYS.has(key))
  if (unknown.length > 0)
    throw new TypeError(`has an unknown part: ${unknown.join(', ')}. Parts are ${PARTS}`)

  const { role, permission, owner, or } = rule as Rule
  const parts: Check[] = []
  if (role !== undefined) parts.push(hasRole(role, roles))
  if (permission !== undefined) parts.push(hasPermission(permission, roles))
  if (owner !== undefined) parts.push(isOwner(owner, path))
  // An empty rule would let every signed-in user in. A developer who writes a rule wants less.
  if (parts.length === 0) throw new TypeError('has a rule without a role, permission or owner')

  const all: Check = (caller, params) => parts.every((part) => part(caller, params))
  if (or === undefined) return all
  const alternative = compileRule(or, path, roles)
  return (caller, params) => all(caller, params) || alternative(caller, params)
}

function hasRole(role: string | readonly string[], roles: KnownNames): Check {
  const allowed = [role].flat()
  if (allowed.length === 0) throw new TypeError('has an empty list of roles')
  for (const name of allowed) {
    if (!roles.isRole(name))
      throw new TypeError(`names the role ${JSON.stringify(name)}, which does not exist`)
  }
  return (caller) => allowed.includes(caller.role)
}

function hasPermission(permission: string, roles: KnownNames): Check {
  if (!roles.isPermission(permission)) {
    throw new TypeError(`names the permission ${JSON.stringify(permission)}, which no role has`)
  }
  return (caller) => caller.scope.split(' ').includes(permission)
}

function isOwner(owner: string, path: string): Check {
  const parameter = /^params\.(\w+)$/.exec(owner)?.[1]
  if (parameter === undefined || !path.split('/').includes(`:${parameter}`)) {
    throw new TypeError(`names the owner ${JSON.stringify(owner)}, but the path has no such parameter`)
  }
  return (caller, params) => params[parameter] === caller.userId
}

/** Returns the permission that alone satisfies the guard, if there is one. */
export function permissionFor(guard: Guard): string | undefined {
  if (typeof guard === 'string') return undefined
  if ('client' in guard) return guard.or && permissionFor(guard.or)
  const { permission, role, owner, or } = guard
  if (permission !== undefined && role === undefined && owner === undefined) return permission
  return or && permissionFor(or)
}
