/**
 * Which refusals a route can answer with. What follows from its guard, its method and its input is worked out here,
 * once for all routes; a route itself declares only what its handler adds.
 */
import type { Guard } from '../access/guards.ts'
import type { AuthErrorCode } from '../errors.ts'
import { isSafe } from '../http/cross-origin.ts'

export interface RouteFacts {
  readonly guard: Guard
  /** Whether it is open before a new password was chosen, where one is required. */
  readonly beforePasswordChange: boolean
  /** Whether the request has parts that can be wrong: a body, parameters in the path or the query. */
  readonly takesInput: boolean
  /** What the handler throws besides. */
  readonly refusals: readonly AuthErrorCode[]
}

export interface PossibleRefusals {
  /** Before it is known who is calling: such an answer never carries cookies. */
  readonly early: readonly AuthErrorCode[]
  /** From then on: the session may have been refreshed already. */
  readonly late: readonly AuthErrorCode[]
}

const UNPROVED: readonly AuthErrorCode[] = [
  'TOKEN_MISSING',
  'TOKEN_INVALID',
  'TOKEN_EXPIRED',
  'COOKIE_AMBIGUOUS',
  'SESSION_ENDED',
  'REFRESH_LATE',
  'REFRESH_REUSED',
]

/** From methods that change something a body is read, whether or not the route wants one. */
const BODY: readonly AuthErrorCode[] = ['INVALID_REQUEST', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE']

/** @param method in capitals */
export function possibleRefusals(
  { guard, beforePasswordChange, takesInput, refusals }: RouteFacts,
  method: string,
): PossibleRefusals {
  const changes = !isSafe(method)
  const guarded = guard !== 'public'
  const early = new Set<AuthErrorCode>(['RATE_LIMITED', 'SERVER_BUSY'])
  if (takesInput) early.add('INVALID_REQUEST')
  if (changes) early.add('CROSS_ORIGIN_REFUSED')

  const late = new Set<AuthErrorCode>(refusals)
  // A guarded route reads a body only when it knows who sends it.
  const bodyRefusals = guarded ? late : early
  if (changes) for (const code of BODY) bodyRefusals.add(code)
  if (guarded) for (const code of UNPROVED) late.add(code)
  if (guarded && !beforePasswordChange) late.add('PASSWORD_CHANGE_REQUIRED')
  if (typeof guard === 'object') late.add('ACCESS_FORBIDDEN')
  if (guarded || changes) late.add('STORE_UNAVAILABLE')
  late.add('INTERNAL')
  return { early: [...early], late: [...late] }
}
