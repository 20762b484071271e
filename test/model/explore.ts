/** The model of an honest browser. */
import { decode } from './decoding.ts'
import { encode } from './encoding.ts'
import type { Environment } from './environment.ts'
import { brokenIn } from './invariants.ts'
import { moves } from './moves.ts'
import type { Protocol } from './protocol.ts'
import { type Exploration, type Limits, search } from './search.ts'
import type { World } from './world.ts'

export const explore = (protocol: Protocol, env: Environment, limits: Limits): Exploration =>
  search<World>(
    {
      first: signedIn(env),
      encode: (world, to) => encode(world, to, env),
      decode: (from, like) => decode(from, like.row.generation),
      moves: (world, emit) => moves(world, protocol, env, emit),
      brokenIn: (world) => brokenIn(world, protocol, env),
    },
    limits,
  )

/** More than any token can be behind: no generation is ever below 1. */
const START = 10

/** A session in full use, its first token long since received and proved. */
function signedIn(env: Environment): World {
  const long = env.settle + env.grace + env.accessTtl + env.processing + env.clockStep + env.skew
  const cookies = { refresh: START, access: START, accessExpiresAt: 0 }
  return {
    now: 0,
    row: {
      generation: START,
      rotatedAt: -long,
      handedAt: null,
      usedAt: -long,
      fallbacks: 0,
      confirmedAt: -long,
      revoked: false,
    },
    past: [],
    jar: cookies,
    disk: cookies,
    dirtyFor: -1,
    memory: null,
    upstream: null,
    requests: [],
    responses: [],
    loggedOut: false,
    crashes: env.crashes,
    rollbacks: env.rollbacks,
    clockSteps: env.clockSteps,
  }
}
