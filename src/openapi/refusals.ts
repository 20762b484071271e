/**
 * Which refusals a route can answer with. Most follow from its guard, its method and its input. A
 * route declares only the refusals of its handler.
 */
import { guardOfUsers, isForClients, isForUsers } from '../access/admission.ts'
import type { Guard } from '../access/guards.ts'
import type { AuthErrorCode } from '../errors.ts'
import { isSafe } from '../http/cross-origin.ts'

/** The properties of a route that its refusals follow from. */
export interface RouteFacts {
  readonly guard: Guard
  /** Whether a user who has to choose a new password may call the route before. */
  readonly beforePasswordChange: boolean
  /** Whether the request has a body, or parameters in the path or the query. */
  readonly takesInput: boolean
  /** The refusals of the handler. */
  readonly refusals: readonly AuthErrorCode[]
}

/** The refusals of a route. A code may be in both lists. */
export interface PossibleRefusals {
  /** Before authentication: such an answer never sets cookies. */
  readonly early: readonly AuthErrorCode[]
  /** During and after authentication: the session may have been refreshed already. */
  readonly late: readonly AuthErrorCode[]
}

const AUTHENTICATION_REFUSALS: readonly AuthErrorCode[] = [
  'TOKEN_MISSING',
  'TOKEN_INVALID',
  'TOKEN_EXPIRED',
  'COOKIE_AMBIGUOUS',
  'SESSION_ENDED',
  'REFRESH_LATE',
  'REFRESH_REUSED',
]

/** Fastify reads the body of every unsafe method, also if the route needs none. */
const BODY_REFUSALS: readonly AuthErrorCode[] = [
  'INVALID_REQUEST',
  'BODY_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
]

/** @param method in upper case */
export function possibleRefusals(
  { guard, beforePasswordChange, takesInput, refusals }: RouteFacts,
  method: string,
): PossibleRefusals {
  const changes = !isSafe(method)
  const guarded = guard !== 'public'
  const forUsers = isForUsers(guard)
  const early = new Set<AuthErrorCode>(['RATE_LIMITED', 'SERVER_BUSY'])
  if (takesInput) early.add('INVALID_REQUEST')
  if (changes) early.add('CROSS_ORIGIN_REFUSED')

  const late = new Set<AuthErrorCode>(refusals)
  // A guarded route authenticates the request before it reads the body.
  const bodyRefusals = guarded ? late : early
  if (changes) for (const code of BODY_REFUSALS) bodyRefusals.add(code)
  if (forUsers) for (const code of AUTHENTICATION_REFUSALS) late.add(code)
  if (isForClients(guard)) {
    early.add('CLIENT_INVALID')
    late.delete('TOKEN_MISSING')
  }
  if (forUsers && !beforePasswordChange) late.add('PASSWORD_CHANGE_REQUIRED')
  if (typeof guardOfUsers(guard) === 'object') late.add('ACCESS_FORBIDDEN')
  if (guarded || changes) late.add('STORE_UNAVAILABLE')
  late.add('INTERNAL')
  return { early: [...early], late: [...late] }
}
