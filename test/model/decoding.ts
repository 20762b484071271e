/** The way back from bytes to a world: encoding.ts says how it is written. */
import { NEEDS, PHASES } from './encoding.ts'
import type { Reader } from './states.ts'
import type { Cookies, Memory, Phase, Request, Row, World } from './world.ts'

/** @param base the number that the row's generation gets: more than any generation is behind */
export function decode(from: Reader, base: number): World {
  const number = () => from.number()
  const generation = () => from.number() + base
  const optional = () => from.optional()
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
  const memoryIn = (): Memory => ({ generation: generation(), handedAt: number() })
  const list = <Item>(length: number, item: () => Item) => {
    const items: Item[] = []
    while (items.length < length) items.push(item())
    return items
  }
  const requestIn = (): Request => {
    const flags = from.byte()
    return {
      phase: PHASES[flags & 7] as Phase,
      need: NEEDS[(flags >> 3) & 3] as Request['need'],
      process: (flags >> 5) & 1,
      orphan: (flags & 64) !== 0,
      isHold: (flags & 128) !== 0,
      refresh: generation(),
      access: generation(),
      accessExpiresAt: number(),
      age: number(),
      arrivedAt: number(),
      from: generation(),
      to: (optional() ?? -base) + base,
    }
  }

  // In the order in which they were written.
  const row = rowIn()
  const flags = from.byte()
  row.revoked = (flags & 1) !== 0
  const [crashes, rollbacks, clockSteps, dirtyFor] = [number(), number(), number(), number()]
  const jar = flags & 4 ? cookies() : null
  const disk = dirtyFor >= 0 ? cookies() : (jar ?? { refresh: 0, access: 0, accessExpiresAt: 0 })
  const memory = flags & 8 ? memoryIn() : null
  const upstream = flags & 16 ? { access: generation(), accessExpiresAt: number() } : null
  const past = list(number(), rowIn)
  const [requestCount, responseCount] = [number(), number()]
  const requests = list(requestCount, requestIn)
  const responses = list(responseCount, () => ({
    generation: generation(),
    accessExpiresAt: number(),
    age: number(),
    isHold: number() === 1,
  }))
  const loggedOut = (flags & 2) !== 0
  const left = { crashes, rollbacks, clockSteps }
  return { now: 0, row, past, jar, disk, dirtyFor, memory, upstream, requests, responses, loggedOut, ...left }
}
