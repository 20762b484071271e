/**
 * Everything the model remembers between two steps: one session, one browser, what is on its way between them.
 * Times are the server's, in units; generations are plain numbers.
 */
import type { Need } from '../../src/sessions/rotation.ts'

/** The session's row. Its idle and hard limits are left out: they have a table of their own (bounds.ts). */
export interface Row {
  generation: number
  rotatedAt: number
  handedAt: number | null
  usedAt: number | null
  fallbacks: number
  confirmedAt: number | null
  revoked: boolean
}

/** The two cookies, by the generations of their tokens. */
export interface Cookies {
  refresh: number
  access: number
  accessExpiresAt: number
}

/** A request's life, in this order. `claiming`: rotation was decided on, the compare-and-swap is still to come. */
export type Phase = 'sent' | 'arrived' | 'claiming' | 'answering'

export interface Request {
  phase: Phase
  /** What was presented; while answering: the generation that is handed out. */
  refresh: number
  access: number
  /** While answering: as if the access token were signed with the verdict. Tells how long the handler takes. */
  accessExpiresAt: number
  /** Time on the way, in real time, while sent. */
  age: number
  arrivedAt: number
  /** What it asks the refresh token for; `nothing` while its access token is good. */
  need: Need | 'nothing'
  /** Claiming: the compare-and-swap that was decided on. */
  from: number
  to: number
  /** The browser that waited for the answer has crashed. */
  orphan: boolean
}

export interface Response {
  /** Generation of both tokens that it brings. */
  generation: number
  accessExpiresAt: number
  age: number
}

export interface World {
  now: number
  row: Row
  /** What the row said before its last rotations, newest first: where a database may fall back to. */
  past: Row[]
  /** Null once the user has signed out. */
  jar: Cookies | null
  /** The jar as it was last written to disk: what a browser that crashes comes back with. */
  disk: Cookies
  /** For how long the disk has been out of date; -1: it is not. */
  dirtyFor: number
  requests: Request[]
  responses: Response[]
  thief: Cookies | null
  /** For the thief's invariant, kept apart from the row: since when the current generation is known to be held. */
  provenAt: number | null
  loggedOut: boolean
  /** How often each may still happen. */
  crashes: number
  rollbacks: number
  clockSteps: number
  explicitRefreshes: number
}

/** Good for changing the row's fields and the lists; requests, responses and cookies are replaced, never changed. */
export function copy(world: World): World {
  return { ...world, row: { ...world.row }, requests: [...world.requests], responses: [...world.responses] }
}

export function newRequest(cookies: Cookies, phase: Phase, arrivedAt: number): Request {
  return { phase, ...cookies, age: 0, arrivedAt, need: 'nothing', from: 0, to: 0, orphan: false }
}
