import { calm, type Environment } from './environment.ts'

export interface Setting {
  readonly name: string
  readonly env: Environment
}

/** Longer than two rotations are apart: what is overtaken twice gets a 401, and the session lives on. */
export const slowUploads: Environment = {
  ...calm,
  settle: 3,
  accessTtl: 6,
  processing: 4,
  handler: 0,
  lateIsRefusal: false,
}
export const crash: Environment = { ...calm, crashes: 1, handler: 0 }
export const crashDuringSlowAnswers: Environment = { ...calm, crashes: 1, losses: false, handler: 3 }
/** By more than the settle time. */
export const clockBack: Environment = { ...calm, clockSteps: 1, clockStep: 7, handler: 0 }
export const staleRoles: Environment = { ...calm, staleRoles: true }
/** A response and the request that crosses it are on their way for less than `D + G` together. */
const slowNetwork: Environment = { ...calm, network: 3, processing: 0, handler: 0 }
export const explicitAlone: Environment = { ...calm, explicitRefreshes: 1, maxRequests: 1 }

/** Where the real decision must hold, small enough for every test run. */
export const promised: readonly Setting[] = [
  { name: 'parallel requests, loss, reorder', env: { ...calm, maxResponses: 2 } },
  { name: 'three requests at once', env: { ...calm, maxRequests: 3 } },
  { name: 'several processes', env: { ...calm, severalProcesses: true } },
  { name: 'the user signs out at any moment', env: { ...calm, severalProcesses: true, logout: true } },
  { name: 'the database falls back', env: { ...calm, rollbacks: 1 } },
  { name: 'the database falls back twice', env: { ...calm, rollbacks: 2, handler: 0, processing: 0 } },
  { name: 'the browser crashes, also after a late reissue', env: crash },
  { name: 'the browser crashes while responses are slow', env: crashDuringSlowAnswers },
  { name: 'the clock steps back during a request', env: { ...calm, clockSteps: 1, clockStep: 2 } },
  { name: 'the clock steps back by more than D during a request', env: clockBack },
  {
    name: 'the clock steps forward by less than D',
    env: { ...calm, clockSteps: 1, clockStep: 4, clockDirection: 'forward' },
  },
  {
    name: 'the clock steps forward by more than D, and less than an access token lives',
    env: { ...calm, accessTtl: 12, handler: 0, clockSteps: 1, clockStep: 8, clockDirection: 'forward' },
  },
  { name: 'a network slower than the grace', env: slowNetwork },
  { name: 'handlers that outlast an access token', env: { ...calm, handler: 9 } },
  { name: 'a stale role beside parallel requests', env: staleRoles },
  { name: 'explicit refreshes, one request at a time', env: explicitAlone },
  { name: 'slow uploads, `late` is no loss', env: slowUploads },
]

/** The promise to everybody else. The owner may be refused here: that is what ends the theft. */
export const theft: Setting = { name: 'a thief copied the jar', env: { ...calm, thief: true, handler: 0 } }

export interface Limit extends Setting {
  readonly why: string
}

/**
 * Where the real decision does sign an honest client out. Each is an assumption that `promised` makes; the model
 * must find the way through it, or the assumption is not needed and the promise can grow.
 */
export const limits: readonly Limit[] = [
  {
    name: 'an explicit refresh beside parallel requests',
    why: 'two rotations within the life of one request: the request is two generations behind',
    env: { ...calm, explicitRefreshes: 1 },
  },
  {
    name: 'an explicit refresh, and then a crash',
    why: 'two rotations before the disk was written: the browser comes back two generations behind',
    env: { ...explicitAlone, crashes: 1, handler: 0 },
  },
  {
    name: 'the clock steps forward by the life of an access token',
    why: 'what has only just been issued counts as expired: two rotations within the life of one request',
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
    env: { ...slowNetwork, network: 4 },
  },
  {
    name: 'an upload as long as the life of an access token',
    why: 'two rotations pass between its arrival and its decision: 401 without revocation',
    env: { ...calm, processing: 6, handler: 0 },
  },
  {
    name: 'a stale role at the moment the database falls back',
    why: 'a token newer than the row rotates, whatever was asked for: again two rotations within one request',
    env: { ...staleRoles, rollbacks: 1, handler: 0 },
  },
]
