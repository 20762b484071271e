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

const PHASES: readonly Phase[] = ['sent', 'arrived', 'claiming', 'answering']
const NEEDS: readonly Request['need'][] = ['nothing', 'claims', 'rotation']

export function encode(world: World, env: Environment): string {
  const { now, row } = world
  /** How far back an arrival may lie that something is compared with. */
  const reach = env.processing + env.clockStep
  const out: number[] = []

  const number = (n: number) => out.push(n + ZERO)
  const generation = (n: number) => number(Math.max(n - row.generation, OLDEST_GENERATION))
  const time = (t: number | null, oldest: number) => {
    if (t === null) out.push(NULL)
    else number(Math.max(t - now, -oldest))
  }
  const rowOut = (r: Row) => {
    generation(r.generation)
    time(r.rotatedAt, env.settle + reach)
    time(r.handedAt, env.settle + reach)
    time(r.usedAt, env.settle + reach)
    number(r.fallbacks)
    time(r.confirmedAt, env.grace + reach)
  }
  const cookies = (c: Cookies) => {
    generation(c.refresh)
    generation(c.access)
    time(c.accessExpiresAt, reach)
  }

  rowOut(row)
  time(world.provenAt, env.grace + reach)
  const { revoked } = row
  number((revoked ? 1 : 0) + (world.loggedOut ? 2 : 0) + (world.jar ? 4 : 0) + (world.thief ? 8 : 0))
  for (const left of [world.crashes, world.rollbacks, world.clockSteps, world.explicitRefreshes]) number(left)
  number(world.dirtyFor)
  if (world.jar) cookies(world.jar)
  if (world.dirtyFor >= 0) cookies(world.disk)
  if (world.thief) cookies(world.thief)
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
  const generation = (n: number) => Math.max(n - row.generation, OLDEST_GENERATION) + ZERO
  const time = (t: number) => t - now + ZERO
  const flags = PHASES.indexOf(r.phase) + 4 * NEEDS.indexOf(r.need) + (r.orphan ? 16 : 0) + ZERO

  if (r.phase === 'answering') {
    const decided = Math.max(r.accessExpiresAt, now)
    return String.fromCharCode(flags, generation(r.refresh), ZERO, time(decided), ZERO, ZERO, ZERO, ZERO)
  }
  const tokens = [flags, generation(r.refresh), generation(r.access)]
  if (r.phase === 'sent') {
    const expires = Math.max(r.accessExpiresAt, now - env.processing - env.clockStep)
    return String.fromCharCode(...tokens, time(expires), r.age + ZERO, ZERO, ZERO, ZERO)
  }
  // Once it has arrived, an access token is older than the settle time or it is not: by how much is no matter.
  const expires = Math.max(r.accessExpiresAt, r.arrivedAt - env.settle + env.accessTtl)
  const swap = r.phase === 'claiming' ? [generation(r.from), generation(r.to)] : [ZERO, ZERO]
  return String.fromCharCode(...tokens, time(expires), ZERO, time(r.arrivedAt), ...swap)
}

function encodeResponse(r: Response, { now, row }: World): string {
  const generation = Math.max(r.generation - row.generation, OLDEST_GENERATION)
  return String.fromCharCode(generation + ZERO, r.accessExpiresAt - now + ZERO, r.age + ZERO)
}

/** @param base the number that the row's generation gets */
export function decode(key: string, base = 0): World {
  let at = 0
  const number = () => key.charCodeAt(at++) - ZERO
  const generation = () => number() + base
  const optional = () => {
    const n = number()
    return n === NULL - ZERO ? null : n
  }
  const rowIn = (): Row => ({
    generation: generation(),
    rotatedAt: number(),
    handedAt: optional(),
    usedAt: optional(),
    fallbacks: number(),
    confirmedAt: optional(),
    revoked: false,
  })
  const cookies = (): Cookies => ({ refresh: generation(), access: generation(), accessExpiresAt: number() })
  const list = <Item>(length: number, item: () => Item) => {
    const items: Item[] = []
    while (items.length < length) items.push(item())
    return items
  }

  // In the order in which they were written.
  const row = rowIn()
  const provenAt = optional()
  const flags = number()
  row.revoked = (flags & 1) !== 0
  const crashes = number()
  const rollbacks = number()
  const clockSteps = number()
  const explicitRefreshes = number()
  const dirtyFor = number()
  const jar = flags & 4 ? cookies() : null
  const disk = dirtyFor >= 0 ? cookies() : (jar ?? { refresh: 0, access: 0, accessExpiresAt: 0 })
  const thief = flags & 8 ? cookies() : null
  const past = list(number(), rowIn)
  const requestCount = number()
  const responseCount = number()
  const requests = list(requestCount, () => decodeRequest(number, generation))
  const responses = list(responseCount, () => ({
    generation: generation(),
    accessExpiresAt: number(),
    age: number(),
  }))
  const loggedOut = (flags & 2) !== 0
  const left = { crashes, rollbacks, clockSteps, explicitRefreshes }
  return { now: 0, row, past, jar, disk, dirtyFor, requests, responses, thief, provenAt, loggedOut, ...left }
}

function decodeRequest(number: () => number, generation: () => number): Request {
  const flags = number()
  return {
    phase: PHASES[flags & 3] as Phase,
    need: NEEDS[(flags >> 2) & 3] as Request['need'],
    orphan: (flags & 16) !== 0,
    refresh: generation(),
    access: generation(),
    accessExpiresAt: number(),
    age: number(),
    arrivedAt: number(),
    from: generation(),
    to: generation(),
  }
}
