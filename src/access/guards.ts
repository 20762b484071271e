/**
 * What a route says about who may call it, and the check that follows from it.
 *
 * Threat: a route that somebody forgot to protect, or protected with a misspelt rule that never matches.
 * Guarantee: a declaration is compiled when the service starts. One that names an unknown role, permission, key or
 * path parameter stops the start; one that is missing means "signed in".
 * Source: OWASP ASVS 5.0 V8 (authorization), deny by default.
 */
import type { Roles } from './roles.ts'

interface Parts {
  /** The caller's role must be this one, or one of these. */
  readonly role: string | readonly string[]
  readonly permission: string
  /** Where the owner's user id stands in the request: `params.userId`. */
  readonly owner: `params.${string}`
}

/**
 * One rule. Where it has several parts, all of them must hold; `or` is an alternative to the whole rule.
 * The type demands at least one part: Fastify infers the type of `config`, so a type with optional parts alone would take
 * a misspelt part, or any string.
 */
export type Rule = Partial<Parts> & { readonly or?: Rule } & (
    | Pick<Parts, 'role'>
    | Pick<Parts, 'permission'>
    | Pick<Parts, 'owner'>
  )

/** `public`: anybody. `signed-in`: anybody who is signed in, and the default. Else a rule for those signed in. */
export type Guard = 'public' | 'signed-in' | Rule

/** The key under which the configuration of a route keeps what was compiled from its guard. */
export const COMPILED = Symbol('compiled guard')

/** What the check before the start needs to know about a route. */
export interface CompiledGuard {
  /** The part of the application whose plugin compiled the guard. */
  readonly scope: object
  readonly guard: Guard
  /** Whether the route declares no guard of its own. */
  readonly isDefault: boolean
  /** Whether the route still has every hook that enforces the guard. */
  isEnforced(): boolean
}

export interface Caller {
  readonly userId: string
  readonly role: string
  /** Permissions separated by spaces. */
  readonly scope: string
}

/** Whether a caller may, given the request's path parameters. */
export type Check = (caller: Caller, params: Readonly<Record<string, string>>) => boolean

const RULE_KEYS = new Set(['role', 'permission', 'owner', 'or'])

/**
 * Compiles a declaration for a route.
 * @returns null when nobody has to be signed in
 * @throws TypeError that names what is wrong, for the start-up to fail on
 */
export function compileGuard(guard: unknown, path: string, roles: Roles): Check | null {
  if (guard === 'public') return null
  if (guard === 'signed-in') return () => true
  return compileRule(guard, path, roles)
}

function compileRule(rule: unknown, path: string, roles: Roles): Check {
  if (typeof rule !== 'object' || rule === null || Array.isArray(rule)) {
    throw new TypeError(`is ${JSON.stringify(rule)}, which is neither 'public', 'signed-in' nor a rule`)
  }
  const unknown = Object.keys(rule).filter((key) => !RULE_KEYS.has(key))
  if (unknown.length > 0) throw new TypeError(`has a part that is not known: ${unknown.join(', ')}`)

  const { role, permission, owner, or } = rule as Rule
  const parts: Check[] = []
  if (role !== undefined) parts.push(hasRole(role, roles))
  if (permission !== undefined) parts.push(hasPermission(permission, roles))
  if (owner !== undefined) parts.push(isOwner(owner, path))
  // An empty rule would hold for everybody, which is hardly what somebody meant who wrote a rule.
  if (parts.length === 0) throw new TypeError('has a rule without role, permission or owner')

  const all: Check = (caller, params) => parts.every((part) => part(caller, params))
  if (or === undefined) return all
  const alternative = compileRule(or, path, roles)
  return (caller, params) => all(caller, params) || alternative(caller, params)
}

function hasRole(role: string | readonly string[], roles: Roles): Check {
  const allowed = [role].flat()
  if (allowed.length === 0) throw new TypeError('has an empty list of roles')
  for (const name of allowed) {
    if (!roles.isRole(name))
      throw new TypeError(`names the role ${JSON.stringify(name)}, which does not exist`)
  }
  return (caller) => allowed.includes(caller.role)
}

function hasPermission(permission: string, roles: Roles): Check {
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

/** The permission that would have let somebody in by itself, where a rule names one. */
export function permissionFor(guard: Guard): string | undefined {
  if (typeof guard === 'string') return undefined
  const { permission, role, owner, or } = guard
  if (permission !== undefined && role === undefined && owner === undefined) return permission
  return or && permissionFor(or)
}
