/**
 * The world the decision is tried in. Every field is an assumption; each says what it stands for.
 *
 * Time is counted in units. One unit stands for some 15 seconds where it is the settle time or the life of an access
 * token that matters, and for a fraction of the grace where that matters: what counts is which is longer.
 */
import type { Windows } from '../../src/protocol/rotation.ts'

export interface Environment {
  /** `G`, `D` and the life of an access token. Start-up demands accessTtl > settle + grace. */
  readonly grace: number
  readonly settle: number
  readonly accessTtl: number

  /** Longest time between the browser sending a request, or a proxy repeating it, and its arrival stamp. */
  readonly toService: number
  /** Longest time between a response leaving and the jar taking its cookies. */
  readonly toBrowser: number
  /** Longest time a changed jar goes without being written to disk; Chromium and Firefox: about 30 seconds. */
  readonly flush: number
  /** Longest time between the arrival stamp and the decision. A body is not waited for; a busy database may be. */
  readonly processing: number
  /** Longest time between the decision and the response leaving: a slow handler. */
  readonly handler: number

  /** Whether a response may be lost on its way, or with the process that was about to send it. */
  readonly losses: boolean
  /** Whether a request or a response may arrive, and a copy of it again. */
  readonly repeats: boolean
  /** Whether the write of a use or of a proof of receipt may fail, or be lost with its process. */
  readonly unwrittenProofs: boolean

  readonly maxRequests: number
  readonly maxResponses: number

  /** How often each misfortune may happen in one life. */
  readonly crashes: number
  readonly rollbacks: number
  readonly clockSteps: number
  /** By how much the server's clock steps. Zero: it never does. */
  readonly clockStep: number
  readonly clockDirection: 'back' | 'forward'
  /** By how much the clock of process 1 is ahead. */
  readonly skew: number
  /**
   * Whether a refresh may be asked for although the access token is young: POST /auth/refresh, an access cookie that
   * was lost or dropped, a neighbour that rejects it.
   */
  readonly explicitRefreshes: boolean
  /** Whether any request may find that what its good access token says of the account is out of date. */
  readonly staleRoles: boolean
  readonly logout: boolean
  /** Whether a proxied upstream is handed an access token with every request, and calls back with it as a bearer. */
  readonly upstreams: boolean
  /** How many processes there are. With two, reading the row and writing it are two steps, and process 0 remembers. */
  readonly processes: 1 | 2
  /** Whether a 401 that ends nothing (`late`) counts as a refusal. */
  readonly lateIsRefusal: boolean
}

export const windowsOf = ({ grace, settle }: Environment): Windows => ({ graceMs: grace, settleMs: settle })

export const calm: Environment = {
  grace: 2,
  settle: 5,
  accessTtl: 8,
  toService: 1,
  toBrowser: 1,
  flush: 2,
  processing: 1,
  handler: 1,
  losses: true,
  repeats: false,
  unwrittenProofs: false,
  maxRequests: 2,
  maxResponses: 2,
  crashes: 0,
  rollbacks: 0,
  clockSteps: 0,
  clockStep: 0,
  clockDirection: 'back',
  skew: 0,
  explicitRefreshes: false,
  staleRoles: false,
  logout: false,
  upstreams: false,
  processes: 1,
  lateIsRefusal: true,
}
