import { calm, type Environment } from './environment.ts'

export interface Setting {
  readonly name: string
  readonly env: Environment
}

/** What a process does with a request takes no time. */
const quick = { handler: 0, processing: 0 }

export const explicit: Environment = { ...calm, ...quick, explicitRefreshes: true }
export const crash: Environment = { ...calm, crashes: 1, handler: 0 }
export const crashDuringSlowAnswers: Environment = {
  ...calm,
  crashes: 1,
  losses: false,
  handler: 3,
  maxResponses: 1,
}
/** By more than the settle time. */
export const clockBack: Environment = {
  ...calm,
  clockSteps: 1,
  clockStep: 7,
  handler: 0,
  losses: false,
  maxResponses: 1,
}
export const staleRoles: Environment = { ...calm, ...quick, staleRoles: true }
/** A response takes less than `D`, and it and the request that crosses it take less than `D + G` together. */
export const slowWays: Environment = { ...calm, ...quick, toService: 2, toBrowser: 4 }
export const rollback: Environment = { ...calm, ...quick, rollbacks: 1 }
export const processes: Environment = { ...calm, ...quick, processes: 2 }

export const upstreams: Environment = { ...calm, ...quick, upstreams: true }
export const signOut: Environment = { ...processes, logout: true }
/** For longer than two rotations are apart: such a request gets a 401, and the session lives on. */
export const waiting: Environment = {
  ...calm,
  settle: 3,
  accessTtl: 6,
  processing: 4,
  handler: 0,
  lateIsRefusal: false,
  maxResponses: 1,
}

/** Where the real decision must hold, small enough for every test run. */
export const promised: readonly Setting[] = [
  { name: 'parallel requests, loss, reorder', env: calm },
  { name: 'access cookies lost, explicit refreshes, at any moment', env: explicit },
  { name: 'three requests at once', env: { ...calm, ...quick, maxRequests: 3 } },
  { name: 'several processes, with flights and rows they remember', env: processes },
  { name: 'the user signs out at any moment', env: signOut },
  {
    name: 'the clocks of two processes differ',
    env: { ...processes, skew: 1, maxResponses: 1 },
  },
  {
    name: 'requests and responses repeated, proofs not written',
    env: { ...calm, repeats: true, unwrittenProofs: true },
  },
  { name: 'the database falls back', env: rollback },
  { name: 'the browser crashes, also after a late reissue', env: crash },
  { name: 'the browser crashes while responses are slow', env: crashDuringSlowAnswers },
  {
    name: 'the clock steps back during a request',
    env: { ...calm, clockSteps: 1, clockStep: 2, handler: 0, maxResponses: 1 },
  },
  { name: 'the clock steps back by more than D during a request', env: clockBack },
  {
    name: 'the clock steps forward by less than D',
    env: { ...calm, ...quick, clockSteps: 1, clockStep: 4, clockDirection: 'forward' },
  },
  { name: 'slow ways', env: slowWays },
  { name: 'requests that wait for their decision, `late` is no loss', env: waiting },
  { name: 'handlers that outlast an access token', env: { ...calm, handler: 9 } },
  { name: 'a stale role beside parallel requests', env: staleRoles },
  { name: 'an upstream that was handed the access token', env: upstreams },
]

/** The same with more in flight and more misfortunes at once. */
export const deeper: readonly Setting[] = [
  { name: 'slow ways and slow handlers', env: { ...slowWays, handler: 1 } },
  { name: 'slow ways both', env: { ...calm, toService: 3, toBrowser: 3, processing: 0, handler: 1 } },
  { name: 'three requests, explicit refreshes', env: { ...explicit, maxRequests: 3 } },
  { name: 'explicit refreshes, slow handlers', env: { ...calm, explicitRefreshes: true } },
  { name: 'several processes, explicit refreshes', env: { ...processes, explicitRefreshes: true } },
  { name: 'three requests in several processes', env: { ...processes, maxRequests: 3 } },
  { name: 'sign-out among three', env: { ...processes, maxRequests: 3, logout: true } },
  { name: 'busy processes', env: { ...calm, processes: 2 } },
  { name: 'clocks that differ, two responses', env: { ...processes, skew: 1 } },
  { name: 'the database falls back twice', env: { ...rollback, rollbacks: 2 } },
  { name: 'crash and fall-back', env: { ...crash, processing: 0, rollbacks: 1 } },
  { name: 'crash, access cookies lost', env: { ...crash, processing: 0, explicitRefreshes: true } },
  { name: 'crash beside stale roles', env: { ...crash, processing: 0, staleRoles: true } },
  { name: 'crash, the clock steps back', env: { ...crash, processing: 0, clockSteps: 1, clockStep: 2 } },
  { name: 'repeats in several processes', env: { ...processes, repeats: true, unwrittenProofs: true } },
  { name: 'stale roles in several processes', env: { ...processes, staleRoles: true } },
  { name: 'a stale role while the database falls back', env: { ...rollback, staleRoles: true } },
  {
    name: 'the clock steps forward by more than D, and less than an access token lives',
    env: { ...calm, ...quick, accessTtl: 12, clockSteps: 1, clockStep: 8, clockDirection: 'forward' },
  },
]

export interface Limit extends Setting {
  readonly why: string
}

/**
 * Where the real decision does sign an honest client out. Each is an assumption that `promised` makes; the model
 * must find the way through it, or the assumption is not needed and the promise can grow.
 */
export const limits: readonly Limit[] = [
  {
    name: 'the clock steps forward by the life of an access token',
    why: 'what has only just been issued counts as settled: two rotations within the life of one request',
    env: { ...calm, clockSteps: 1, clockStep: 8, clockDirection: 'forward' },
  },
  {
    name: 'the clock steps forward, and the browser crashes',
    why: 'the settle time ends early by as much as the clock jumps, before the disk was written',
    env: { ...crash, clockSteps: 1, clockStep: 1, clockDirection: 'forward' },
  },
  {
    name: 'a response and a request on their way for more than D + G together',
    why: 'a request that left before the cookies came arrives after the window has closed',
    env: { ...slowWays, toBrowser: 4, toService: 4 },
  },
  {
    name: 'a response on its way for more than D',
    why: 'it arrives after the answers to a later rotation, and takes their place in the jar',
    env: { ...explicit, toBrowser: 6, toService: 0 },
  },
  {
    name: 'a request that waits for its decision as long as an access token lives',
    why: 'two rotations pass between its arrival and its decision: 401 without revocation',
    env: { ...calm, processing: 6, handler: 0 },
  },
  {
    name: 'two crashes in one generation',
    why: 'the client comes back twice without a token that it has used: the second time is not forgiven',
    env: { ...crash, crashes: 2 },
  },
]
