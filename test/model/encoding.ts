/**
 * A world as a few bytes, so that millions of them fit into memory.
 *
 * Before that a world is shifted, so that it is now 0 o'clock and the row is at generation 0; and what lies so far back
 * that no comparison can tell it apart any more is clamped. Both together make the number of worlds finite, although
 * sessions go on for ever. decoding.ts is the way back.
 */
import type { Environment } from './environment.ts'
import type { Scratch } from './states.ts'
import type { Cookies, Phase, Request, Row, World } from './world.ts'

/** Nothing tells a token of five generations ago from one of six. */
const OLDEST_GENERATION = -5

export const PHASES: readonly Phase[] = ['sent', 'arrived', 'claiming', 'answering', 'joined']
export const NEEDS: readonly Request['need'][] = ['nothing', 'claims', 'rotation']

const REQUEST_BYTES = 8
const RESPONSE_BYTES = 4

/** How far back an arrival may lie that something is compared with. */
const reachOf = (env: Environment) => env.processing + env.clockStep + env.skew

export function encode(world: World, to: Scratch, env: Environment): void {
  const { now, row, jar, memory, upstream } = world
  const base = row.generation
  const reach = reachOf(env)

  encodeRow(row, world, to, env)
  to.byte(
    (row.revoked ? 1 : 0) +
      (world.loggedOut ? 2 : 0) +
      (jar ? 4 : 0) +
      (memory ? 8 : 0) +
      (upstream ? 16 : 0),
  )
  to.number(world.crashes)
  to.number(world.rollbacks)
  to.number(world.clockSteps)
  to.number(world.dirtyFor)
  if (jar) encodeCookies(jar, world, to, reach)
  if (world.dirtyFor >= 0) encodeCookies(world.disk, world, to, reach)
  if (memory) {
    to.number(generation(memory.generation, base))
    to.number(Math.max(memory.handedAt - now, -env.settle - reach))
  }
  if (upstream) {
    to.number(generation(upstream.access, base))
    to.number(Math.max(upstream.accessExpiresAt - now, -reach))
  }
  const past = world.rollbacks > 0 ? world.past : []
  to.number(past.length)
  for (const r of past) encodeRow(r, world, to, env)
  to.number(world.requests.length)
  to.number(world.responses.length)

  // Which of two like requests is which makes no difference: sorting folds the mirror images together.
  for (const r of world.requests) encodeRequest(r, world, to, env)
  to.sort(world.requests.length, REQUEST_BYTES)
  for (const r of world.responses) {
    to.number(generation(r.generation, base))
    to.number(r.accessExpiresAt - now)
    to.number(r.age)
    to.number(Number(r.isHold))
  }
  to.sort(world.responses.length, RESPONSE_BYTES)
}

const generation = (n: number, base: number): number => Math.max(n - base, OLDEST_GENERATION)

function encodeCookies(c: Cookies, { now, row }: World, to: Scratch, reach: number): void {
  to.number(generation(c.refresh, row.generation))
  to.number(generation(c.access, row.generation))
  to.number(Math.max(c.accessExpiresAt - now, -reach))
}

function encodeRow(r: Row, { now, row, rollbacks }: World, to: Scratch, env: Environment): void {
  const reach = reachOf(env)
  const oldest = -env.settle - reach
  const time = (t: number | null, least: number) => to.optional(t === null ? null : Math.max(t - now, least))
  to.number(generation(r.generation, row.generation))
  time(r.rotatedAt, oldest)
  // Handed out before the rotation, or so long ago that nothing is held: as good as never.
  const isHeld = r.handedAt !== null && r.handedAt > Math.max(r.rotatedAt, now + oldest)
  time(isHeld ? r.handedAt : null, oldest)
  // Whether g was used says nothing beside the proof that it was received, unless that may get lost.
  time(r.confirmedAt !== null && rollbacks === 0 ? null : r.usedAt, oldest)
  to.number(r.fallbacks)
  time(r.confirmedAt, -env.grace - reach)
}

/** Fields that a phase does not use are levelled, or they would tell equal worlds apart. */
function encodeRequest(r: Request, { now, row }: World, to: Scratch, env: Environment): void {
  const base = row.generation
  to.byte(
    PHASES.indexOf(r.phase) +
      8 * NEEDS.indexOf(r.need) +
      32 * r.process +
      (r.orphan ? 64 : 0) +
      (r.isHold ? 128 : 0),
  )
  to.number(generation(r.refresh, base))
  const isAnswering = r.phase === 'answering'
  to.number(isAnswering ? 0 : generation(r.access, base))
  if (isAnswering) {
    to.number(Math.max(r.accessExpiresAt, now) - now)
    to.number(0)
    to.number(env.processes > 1 ? Math.max(r.arrivedAt - now, -env.settle - reachOf(env)) : 0)
  } else if (r.phase === 'sent') {
    to.number(Math.max(r.accessExpiresAt - now, -reachOf(env)))
    to.number(r.age)
    to.number(0)
  } else {
    // Once it has arrived, an access token is older than the settle time or it is not: by how much is no matter.
    const isProof = r.need === 'nothing'
    to.number(isProof ? Math.max(r.accessExpiresAt, r.arrivedAt - env.settle + env.accessTtl) - now : 0)
    to.number(0)
    to.number(r.arrivedAt - now)
    if (r.to > 0) {
      to.number(generation(r.from, base))
      to.number(generation(r.to, base))
      return
    }
  }
  to.number(0)
  to.optional(isAnswering || r.phase === 'sent' ? 0 : null)
}
