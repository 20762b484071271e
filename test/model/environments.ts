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

/** Where the real decision must hold, small enough for every test run. */
export const promised: readonly Setting[] = [
  { name: 'parallel requests, loss, reorder', env: { ...calm, maxResponses: 2 } },
  { name: 'three requests at once', env: { ...calm, maxRequests: 3 } },
  { name: 'several processes', env: { ...calm, severalProcesses: true } },
  { name: 'the user signs out at any moment', env: { ...calm, severalProcesses: true, logout: true } },
  { name: 'the database falls back', env: { ...calm, rollbacks: 1 } },
  { name: 'the database falls back twice', env: { ...calm, rollbacks: 2, handler: 0, processing: 0 } },
  { name: 'the browser crashes, no response lost', env: { ...calm, crashes: 1, losses: false, handler: 0 } },
  {
    name: 'the clock steps back by less than the grace, no request is slow',
    env: { ...calm, clockSteps: 1, clockStep: 1, processing: 0, handler: 0 },
  },
  { name: 'a stale role, one request at a time', env: { ...calm, forced: 1, maxRequests: 1 } },
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
    name: 'crash after a late reissue',
    why: 'the settle time counts from the rotation, but the client got the token only with the reissue',
    env: { ...calm, crashes: 1, handler: 0 },
  },
  {
    name: 'crash while responses are slow',
    why: 'a slow handler delivers the cookie late, and eats into the settle time',
    env: { ...calm, crashes: 1, losses: false, handler: 3 },
  },
  {
    name: 'forced refresh beside parallel requests',
    why: 'two rotations within the life of one request: the request is two generations behind',
    env: { ...calm, forced: 1 },
  },
  {
    name: 'forced refresh of an unreadable access token',
    why: 'the same, and the access token does not tell how young it is',
    env: { ...calm, forced: 1, forcedHidesAge: true },
  },
  {
    name: 'the clock steps back during a request',
    why: 'the arrival stamp is of the old time, the proof of receipt of the new',
    env: { ...calm, clockSteps: 1, clockStep: 2 },
  },
  {
    name: 'the clock steps forward',
    why: 'the grace ends early by as much as the clock jumps',
    env: { ...calm, clockSteps: 1, clockStep: 1, clockDirection: 1 },
  },
  {
    name: 'a network slower than the grace',
    why: 'a request that left before the cookie came may arrive after the window has closed',
    env: { ...calm, network: 2, settle: 6, accessTtl: 9 },
  },
  {
    name: 'a handler as long as the settle time',
    why: 'the access token expires soon after it comes, and the next rotation overtakes a request on its way',
    env: { ...calm, handler: 5 },
  },
  {
    name: 'an upload as long as the life of an access token',
    why: 'two rotations pass between its arrival and its decision: 401 without revocation',
    env: { ...calm, processing: 6, handler: 0 },
  },
]
