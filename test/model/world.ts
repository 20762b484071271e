/**
 * Everything the model remembers between two steps, and its encoding into a short string.
 *
 * Times are server time in coarse units, generations are plain numbers; before it is stored, a world is shifted so
 * that it is now 0 o'clock and the row is at generation 0. What lies so far back that no comparison can tell it
 * apart any more is clamped. Both together make the state space finite although sessions are not.
 */
import type { Environment } from './environment.ts'

export interface Row {
  generation: number
  rotatedAt: number
  confirmedAt: number | null
  revoked: boolean
}

export interface Cookies {
  refresh: number
  access: number
  accessExpiresAt: number
}

export const SENT = 0
export const ARRIVED = 1
export const CLAIMING = 2
export const ANSWERING = 3

export interface Request {
  phase: typeof SENT | typeof ARRIVED | typeof CLAIMING | typeof ANSWERING
  /** What was presented; while answering: the generation that is handed out. */
  refresh: number
  access: number
  accessExpiresAt: number
  /** Time on the way, in real time, while sent. */
  age: number
  arrivedAt: number
  asksForRefresh: boolean
  /** Claiming: the compare-and-swap that was decided on and is not yet carried out. */
  from: number
  to: number
  /** The browser that waited for the answer has crashed. */
  orphan: boolean
}

export interface Response {
  refresh: number
  accessExpiresAt: number
  age: number
}

export interface World {
  now: number
  row: Row
  /** What the row said before its last rotations, newest first: where a database may fall back to. */
  past: Row[]
  jar: Cookies | null
  /** The jar as it was written to disk, and for how long it has been out of date (-1: it is not). */
  disk: Cookies
  dirtyFor: number
  requests: Request[]
  responses: Response[]
  thief: Cookies | null
  /** For the thief's invariant, kept apart from the row: since when the current generation is known to be held. */
  provenAt: number | null
  loggedOut: boolean
  crashes: number
  rollbacks: number
  clockSteps: number
  forced: number
}

/** Good for changing the row's fields and the lists; requests, responses and cookies are replaced, never changed. */
export function copy(world: World): World {
  return { ...world, row: { ...world.row }, requests: [...world.requests], responses: [...world.responses] }
}

const NULL = 1
const ZERO = 64
const OLDEST_GENERATION = -5

export function encode(world: World, env: Environment): string {
  const { now, row } = world
  const base = row.generation
  const reach = env.processing + env.clockStep
  const out: number[] = []

  const generation = (n: number) => out.push(Math.max(n - base, OLDEST_GENERATION) + ZERO)
  const time = (t: number | null, oldest: number) =>
    out.push(t === null ? NULL : Math.max(t - now, -oldest) + ZERO)
  const rowOut = (r: Row) => {
    generation(r.generation)
    time(r.rotatedAt, env.settle + reach)
    time(r.confirmedAt, env.grace + reach)
  }
  const cookies = (c: Cookies) => {
    generation(c.refresh)
    generation(c.access)
    time(c.accessExpiresAt, reach)
  }

  rowOut(row)
  time(world.provenAt, env.grace + reach)
  out.push(
    (row.revoked ? 1 : 0) + (world.loggedOut ? 2 : 0) + (world.jar ? 4 : 0) + (world.thief ? 8 : 0) + 16,
    world.crashes + ZERO,
    world.rollbacks + ZERO,
    world.clockSteps + ZERO,
    world.forced + ZERO,
    world.dirtyFor + ZERO,
  )
  if (world.jar) cookies(world.jar)
  if (world.dirtyFor >= 0) cookies(world.disk)
  if (world.thief) cookies(world.thief)
  const past = world.rollbacks > 0 ? world.past : []
  out.push(past.length + ZERO)
  for (const r of past) rowOut(r)
  let key = String.fromCharCode(...out)

  // Which of two like requests is which makes no difference: sorting folds the mirror images together.
  const requests = world.requests.map((r) => encodeRequest(r, world, env)).sort()
  const responses = world.responses
    .map((r) => {
      const generation = Math.max(r.refresh - base, OLDEST_GENERATION)
      return String.fromCharCode(generation + ZERO, r.accessExpiresAt - now + ZERO, r.age + ZERO)
    })
    .sort()
  key += String.fromCharCode(requests.length + ZERO, responses.length + ZERO)
  return key + requests.join('') + responses.join('')
}

/** Fields that a phase does not use are levelled, or they would tell equal worlds apart. */
function encodeRequest(r: Request, world: World, env: Environment): string {
  const generation = (n: number) => Math.max(n - world.row.generation, OLDEST_GENERATION) + ZERO
  const time = (t: number) => t - world.now + ZERO
  const flags = r.phase + (r.asksForRefresh ? 4 : 0) + (r.orphan ? 8 : 0) + ZERO
  if (r.phase === SENT) {
    const expires = Math.max(r.accessExpiresAt, world.now - env.processing - env.clockStep)
    const fields = [flags, generation(r.refresh), generation(r.access), time(expires), r.age + ZERO]
    return String.fromCharCode(...fields, ZERO, ZERO, ZERO)
  }
  if (r.phase === ANSWERING) {
    const expires = Math.max(r.accessExpiresAt, world.now)
    return String.fromCharCode(flags, generation(r.refresh), ZERO, time(expires), ZERO, ZERO, ZERO, ZERO)
  }
  // Once it has arrived, an access token is older than the settle time or it is not: by how much is no matter.
  const expires = Math.max(r.accessExpiresAt, r.arrivedAt - env.settle + env.accessTtl)
  const fields = [flags, generation(r.refresh), generation(r.access), time(expires), ZERO, time(r.arrivedAt)]
  return r.phase === CLAIMING
    ? String.fromCharCode(...fields, generation(r.from), generation(r.to))
    : String.fromCharCode(...fields, ZERO, ZERO)
}

/** @param base the number that the row's generation gets */
export function decode(key: string, base = 0): World {
  let at = 0
  const next = () => key.charCodeAt(at++)
  const number = () => next() - ZERO
  const generation = () => number() + base
  const optional = () => {
    const code = next()
    return code === NULL ? null : code - ZERO
  }
  const rowIn = (): Row => ({
    generation: generation(),
    rotatedAt: number(),
    confirmedAt: optional(),
    revoked: false,
  })
  const cookies = (): Cookies => ({
    refresh: generation(),
    access: generation(),
    accessExpiresAt: number(),
  })

  const row = rowIn()
  const provenAt = optional()
  const flags = next()
  row.revoked = (flags & 1) !== 0
  const [crashes, rollbacks, clockSteps, forced, dirtyFor] = [
    number(),
    number(),
    number(),
    number(),
    number(),
  ]
  const jar = flags & 4 ? cookies() : null
  const disk = dirtyFor >= 0 ? cookies() : (jar ?? { refresh: 0, access: 0, accessExpiresAt: 0 })
  const thief = flags & 8 ? cookies() : null
  const past: Row[] = []
  for (let n = number(); n > 0; n--) past.push(rowIn())
  const requestCount = number()
  const responseCount = number()
  const requests: Request[] = []
  for (let n = 0; n < requestCount; n++) requests.push(decodeRequest(number, generation))
  const responses: Response[] = []
  for (let n = 0; n < responseCount; n++) {
    responses.push({ refresh: generation(), accessExpiresAt: number(), age: number() })
  }
  return {
    now: 0,
    row,
    past,
    jar,
    disk,
    dirtyFor,
    requests,
    responses,
    thief,
    provenAt,
    loggedOut: (flags & 2) !== 0,
    crashes: crashes as number,
    rollbacks: rollbacks as number,
    clockSteps: clockSteps as number,
    forced: forced as number,
  }
}

function decodeRequest(number: () => number, generation: () => number): Request {
  const flags = number()
  return {
    phase: (flags & 3) as Request['phase'],
    asksForRefresh: (flags & 4) !== 0,
    orphan: (flags & 8) !== 0,
    refresh: generation(),
    access: generation(),
    accessExpiresAt: number(),
    age: number(),
    arrivedAt: number(),
    from: generation(),
    to: generation(),
  }
}
