/**
 * Everything the model remembers between two steps: one session, one browser, what is on its way between them.
 * Times are the server's, in units; generations are plain numbers.
 */
import type { Need } from '../../src/protocol/rotation.ts'

/** The session's row. Its idle and hard limits have a model of their own: limits.ts. */
export interface Row {
  generation: number
  rotatedAt: number
  handedAt: number | null
  usedAt: number | null
  fallbacks: number
  confirmedAt: number | null
  revoked: boolean
}

/** The row as a process remembers it: all that matters is which token it goes with, and until when it is held. */
export interface Memory {
  generation: number
  /** When the token was last handed out, as far as the process knows. */
  handedAt: number
}

/** The two cookies, by the generations of their tokens. A lost access cookie is one that has expired. */
export interface Cookies {
  refresh: number
  access: number
  accessExpiresAt: number
}

/**
 * A request's life, in this order. `claiming`: rotation was decided on, the compare-and-swap is still to come.
 * `joined`: another request with the same token is claiming in the same process; this one waits for its outcome.
 */
export type Phase = 'sent' | 'arrived' | 'claiming' | 'answering' | 'joined'

export interface Request {
  phase: Phase
  /** What was presented; while answering: the generation that is handed out. */
  refresh: number
  access: number
  /** While answering: as if the access token were signed with the verdict. Tells how long the handler takes. */
  accessExpiresAt: number
  /** Time on the way, in real time, while sent. */
  age: number
  /** By the clock of its process. While answering: when the token was last handed out, as its grant says. */
  arrivedAt: number
  /** What it asks the refresh token for; `nothing` while its access token is good. */
  need: Need | 'nothing'
  /** Which process has it: 0 or 1. The clock of process 1 may be ahead. */
  process: number
  /** Claiming: the compare-and-swap that was decided on. */
  from: number
  to: number
  /** Answering: whether the client has shown the very token that it is answered with. */
  isHold: boolean
  /** The browser that waited for the answer has crashed. */
  orphan: boolean
}

export interface Response {
  /** Generation of the tokens that it brings. */
  generation: number
  /** Whether it brings the access token alone. */
  isHold: boolean
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
  /** What process 0 remembers. */
  memory: Memory | null
  /** The youngest access token that an upstream was handed along with a request. */
  upstream: Pick<Cookies, 'access' | 'accessExpiresAt'> | null
  requests: Request[]
  responses: Response[]
  loggedOut: boolean
  /** How often each may still happen. */
  crashes: number
  rollbacks: number
  clockSteps: number
}

/** Good for changing the row's fields and the lists; requests, responses and cookies are replaced, never changed. */
export function copy(world: World): World {
  return { ...world, row: { ...world.row }, requests: [...world.requests], responses: [...world.responses] }
}

export function newRequest(cookies: Cookies): Request {
  return {
    phase: 'sent',
    ...cookies,
    age: 0,
    arrivedAt: 0,
    need: 'nothing',
    process: 0,
    from: 0,
    to: 0,
    isHold: false,
    orphan: false,
  }
}
