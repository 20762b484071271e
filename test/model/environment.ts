/**
 * The world the decision is tried in. Every field is an assumption; each says what it stands for.
 * One unit of time is about 15 to 20 seconds, so that the proportions are those of the defaults.
 */
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
  /** By how much the server's clock steps; negative is back. Zero: it never does. */
  readonly clockStep: number
  readonly clockDirection: -1 | 1
  /** Refreshes although the access token is young: a stale role, a lost or unreadable access cookie. */
  readonly forced: number
  /** Whether the age of the young access token can then be read: yes for a stale one, no for a lost one. */
  readonly forcedHidesAge: boolean
  readonly logout: boolean
  readonly thief: boolean
  /** Reading the row and writing it are two steps, as they are when several processes share a database. */
  readonly severalProcesses: boolean
  /** Whether a 401 that ends nothing (`late`) counts as a refusal. */
  readonly lateIsRefusal: boolean
}

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
  clockDirection: -1,
  forced: 0,
  forcedHidesAge: false,
  logout: false,
  thief: false,
  severalProcesses: false,
  lateIsRefusal: true,
}
