/**
 * The world the decision is tried in. Every field is an assumption; each says what it stands for.
 *
 * Time is counted in units. One unit stands for some 15 seconds where it is the settle time or the life of an access
 * token that matters, and for a fraction of the grace where that matters: what counts is which is longer.
 */
import type { Windows } from '../../src/sessions/rotation.ts'

export interface Environment {
  /** `G`, `D` and the life of an access token. Start-up demands accessTtl > settle + grace. */
  readonly grace: number
  readonly settle: number
  readonly accessTtl: number

  /**
   * Longest time between the browser sending a request (or a proxy repeating it) and its arrival stamp, and between
   * a response leaving and the jar taking its cookies. Must be below the grace: it is what the grace is for.
   */
  readonly network: number
  /** Longest time a changed jar goes without being written to disk; Chromium and Firefox: about 30 seconds. */
  readonly flush: number
  /** Longest time between the arrival stamp and the decision: a slow upload. */
  readonly processing: number
  /** Longest time between the decision and the response leaving: a slow handler. */
  readonly handler: number

  /** Whether a response may be lost on its way. */
  readonly losses: boolean

  readonly maxRequests: number
  readonly maxResponses: number

  /** How often each misfortune may happen in one life. */
  readonly crashes: number
  readonly rollbacks: number
  readonly clockSteps: number
  /** By how much the server's clock steps. Zero: it never does. */
  readonly clockStep: number
  readonly clockDirection: 'back' | 'forward'
  /**
   * How often a refresh is asked for although the access token is young: POST /auth/refresh, a change of password, an
   * access cookie that got lost.
   */
  readonly explicitRefreshes: number
  /** Whether any request may find that what its good access token says of the account is out of date. */
  readonly staleRoles: boolean
  readonly logout: boolean
  readonly thief: boolean
  /** Reading the row and writing it are two steps, as they are when several processes share a database. */
  readonly severalProcesses: boolean
  /** Whether a 401 that ends nothing (`late`) counts as a refusal. */
  readonly lateIsRefusal: boolean
}

export const windowsOf = ({ grace, settle }: Environment): Windows => ({ graceMs: grace, settleMs: settle })

export const calm: Environment = {
  grace: 2,
  settle: 5,
  accessTtl: 8,
  network: 1,
  flush: 2,
  processing: 1,
  handler: 1,
  losses: true,
  maxRequests: 2,
  maxResponses: 1,
  crashes: 0,
  rollbacks: 0,
  clockSteps: 0,
  clockStep: 0,
  clockDirection: 'back',
  explicitRefreshes: 0,
  staleRoles: false,
  logout: false,
  thief: false,
  severalProcesses: false,
  lateIsRefusal: true,
}
