/**
 * Compiles the guard of a route of the service, whose callers may also be registered clients.
 */
import { type Check, type ClientRule, compileGuard, type Guard } from './guards.ts'
import type { Roles } from './roles.ts'

/** The callers of a guarded route. */
export interface Admission {
  /** Whether registered clients may call. */
  readonly clients: boolean
  /** The check of signed-in users; null if none of them may call. */
  readonly users: Check | null
}

const CLIENT_PARTS = ['client', 'or']

/** Returns whether a guard lets registered clients in. */
export const isForClients = (guard: unknown): guard is ClientRule =>
  typeof guard === 'object' && guard !== null && Object.hasOwn(guard, 'client')

/** Returns the part of a guard that is about signed-in users; undefined if none of them may call. */
export const guardOfUsers = (guard: Guard): Exclude<Guard, ClientRule> | undefined =>
  isForClients(guard) ? guard.or : guard

/** Returns whether a guard lets signed-in users in. */
export const isForUsers = (guard: Guard): boolean => guard !== 'public' && guardOfUsers(guard) !== undefined

/**
 * Compiles the guard of a route.
 * @param path the route's path, with parameters such as `:userId`
 * @returns null if the route is public
 * @throws TypeError that says what is wrong and stops the start
 */
export function compileAdmission(guard: unknown, path: string, roles: Roles): Admission | null {
  if (!isForClients(guard)) {
    const users = compileGuard(guard, path, roles)
    return users && { clients: false, users }
  }
  const unknown = Object.keys(guard).filter((part) => !CLIENT_PARTS.includes(part))
  if (unknown.length > 0) {
    throw new TypeError(`has beside client the part ${unknown.join(', ')}. Only or may stand there`)
  }
  if (guard.client !== true) {
    throw new TypeError(`has the part client, which is ${JSON.stringify(guard.client)}, but must be true`)
  }
  if (!Object.hasOwn(guard, 'or')) return { clients: true, users: null }
  const users = compileGuard(guard.or, path, roles)
  if (users === null) throw new TypeError("admits every client by or: 'public', which needs no guard")
  return { clients: true, users }
}
