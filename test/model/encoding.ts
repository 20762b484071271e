/**
 * A world as a short string, so that millions of them fit into memory, and back.
 *
 * Every number becomes one character. Before that a world is shifted, so that it is now 0 o'clock and the row is at
 * generation 0; and what lies so far back that no comparison can tell it apart any more is clamped. Both together
 * make the number of worlds finite, although sessions go on for ever.
 */
import type { Environment } from './environment.ts'
import type { Cookies, Phase, Request, Response, Row, World } from './world.ts'

/** Added to every number, which may be negative. Below it there is room for one more sign. */
const ZERO = 64
const NULL = 1
/** Nothing tells a token of five generations ago from one of six. */
const OLDEST_GENERATION = -5

const PHASES: readonly Phase[] = ['sent', 'arrived', 'claiming', 'answering', 'joined']
const NEEDS: readonly Request['need'][] = ['nothing', 'claims', 'rotation']

const clamped = (n: number, oldest: number) => Math.max(n, oldest) + ZERO

/** How far back an arrival may lie that something is compared with. */
const reachOf = (env: Environment) => env.processing + env.clockStep + env.skew

export function encode(world: World, env: Environment): string {
  const { now, row, jar, memory, upstream } = world
  const reach = reachOf(env)
  const out: number[] = []
  const number = (n: number) => out.push(n + ZERO)
  const generation = (n: number) => out.push(clamped(n - row.generation, OLDEST_GENERATION))
  const time = (t: number | null, oldest: number) => out.push(t === null ? NULL : clamped(t - now, -oldest))
  const rowOut = (r: Row) => {
    generation(r.generation)
    time(r.rotatedAt, env.settle + reach)
    // Handed out before the rotation, or so long ago that nothing is held: as good as never.
    const isHeld = r.handedAt !== null && r.handedAt > Math.max(r.rotatedAt, now - env.settle - reach)
    time(isHeld ? r.handedAt : null, env.settle + reach)
    // Whether g was used says nothing beside the proof that it was received, unless that may get lost.
    time(r.confirmedAt !== null && world.rollbacks === 0 ? null : r.usedAt, env.settle + reach)
    number(r.fallbacks)
    time(r.confirmedAt, env.grace + reach)
  }
  const cookies = (c: Cookies) => {
    generation(c.refresh)
    generation(c.access)
    time(c.accessExpiresAt, reach)
  }

  rowOut(row)
  number(
    (row.revoked ? 1 : 0) +
      (world.loggedOut ? 2 : 0) +
      (jar ? 4 : 0) +
      (memory ? 8 : 0) +
      (upstream ? 16 : 0),
  )
  for (const left of [world.crashes, world.rollbacks, world.clockSteps, world.dirtyFor]) number(left)
  if (jar) cookies(jar)
  if (world.dirtyFor >= 0) cookies(world.disk)
  if (memory) {
    generation(memory.generation)
    time(memory.handedAt, env.settle + reach)
  }
  if (upstream) {
    generation(upstream.access)
    time(upstream.accessExpiresAt, reach)
  }
  const past = world.rollbacks > 0 ? world.past : []
  number(past.length)
  for (const r of past) rowOut(r)
  number(world.requests.length)
  number(world.responses.length)

  // Which of two like requests is which makes no difference: sorting folds the mirror images together.
  const requests = world.requests.map((r) => encodeRequest(r, world, env)).sort()
  const responses = world.responses.map((r) => encodeResponse(r, world)).sort()
  return String.fromCharCode(...out) + requests.join('') + responses.join('')
}

/** Fields that a phase does not use are levelled, or they would tell equal worlds apart. */
function encodeRequest(r: Request, { now, row }: World, env: Environment): string {
  const generation = (n: number) => clamped(n - row.generation, OLDEST_GENERATION)
  const time = (t: number) => t - now + ZERO
  const flags =
    PHASES.indexOf(r.phase) +
    8 * NEEDS.indexOf(r.need) +
    32 * r.process +
    (r.orphan ? 64 : 0) +
    (r.isHold ? 128 : 0) +
    ZERO

  if (r.phase === 'answering') {
    const decided = Math.max(r.accessExpiresAt, now)
    const handed = env.processes > 1 ? clamped(r.arrivedAt - now, -env.settle - reachOf(env)) : ZERO
    return String.fromCharCode(flags, generation(r.refresh), ZERO, time(decided), ZERO, handed, ZERO, ZERO)
  }
  const tokens = [flags, generation(r.refresh), generation(r.access)]
  if (r.phase === 'sent') {
    const expires = clamped(r.accessExpiresAt - now, -reachOf(env))
    return String.fromCharCode(...tokens, expires, r.age + ZERO, ZERO, ZERO, ZERO)
  }
  // Once it has arrived, an access token is older than the settle time or it is not: by how much is no matter.
  const expires =
    r.need === 'nothing' ? Math.max(r.accessExpiresAt, r.arrivedAt - env.settle + env.accessTtl) : now
  const swap = r.to > 0 ? [generation(r.from), generation(r.to)] : [ZERO, NULL]
  return String.fromCharCode(...tokens, time(expires), ZERO, time(r.arrivedAt), ...swap)
}

function encodeResponse(r: Response, { now, row }: World): string {
  const generation = clamped(r.generation - row.generation, OLDEST_GENERATION)
  return String.fromCharCode(
    generation,
    r.accessExpiresAt - now + ZERO,
    r.age + ZERO,
    Number(r.isHold) + ZERO,
  )
}
