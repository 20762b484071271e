/** A thief's world as a few bytes: as encoding.ts does it for the other model. */
import type { Reader, Scratch } from './states.ts'
import type { AccessToken, TheftEnvironment, TheftWorld } from './theft-world.ts'

/** A token of three generations ago is refused as one of two is. */
const OLDEST = -3

const ACCESS_BYTES = 3

export function encodeTheft(world: TheftWorld, to: Scratch, env: TheftEnvironment): void {
  const { now, row, owner, thief, held, truth } = world
  const generation = (n: number) => to.number(Math.max(n - row.generation, OLDEST))
  const time = (t: number | null, oldest: number) =>
    to.optional(t === null ? null : Math.max(t - now, -oldest))
  const lives = ({ issuedAt }: AccessToken) => now < issuedAt + env.accessTtl
  const timeout = held === null ? 0 : env.requestTimeout
  const reach = env.settle + timeout
  const access = (token: AccessToken) => {
    generation(token.generation)
    to.number(token.issuedAt - now)
    to.number(Number(token.isSeen))
  }

  time(row.rotatedAt, reach)
  const isHanded = row.handedAt !== null && row.handedAt > Math.max(row.rotatedAt, now - reach)
  time(isHanded ? row.handedAt : null, reach)
  time(row.confirmedAt === null ? row.usedAt : null, reach)
  to.number(row.fallbacks)
  time(row.confirmedAt, env.grace + timeout)
  generation(owner.refresh)
  const ownerLives = lives(owner.access)
  to.byte(
    (row.revoked ? 1 : 0) +
      (world.isAway ? 2 : 0) +
      (truth.hasFallenBack ? 4 : 0) +
      (ownerLives ? 8 : 0) +
      (thief ? 16 : 0) +
      (held ? 32 : 0),
  )
  time(truth.provenAt, env.grace)
  time(truth.usedAt, env.settle)
  to.number(Math.min(world.stolenFor, Number.isFinite(env.foundWithin) ? env.foundWithin : 0))
  to.number(world.lackingFor)
  if (ownerLives) access(owner.access)
  if (held) {
    generation(held.refresh)
    to.number(held.arrivedAt - now)
  }
  if (!thief) return
  // The newest first: those that are too old to be told apart follow each other.
  const kept = new Set(thief.refresh.map((n) => Math.max(n - row.generation, OLDEST)))
  const good = thief.access.filter(lives)
  to.number(kept.size)
  to.number(good.length)
  for (const n of kept) to.number(n)
  for (const token of good) access(token)
  to.sort(good.length, ACCESS_BYTES)
}

export function decodeTheft(from: Reader, base: number, env: TheftEnvironment): TheftWorld {
  const generation = () => from.number() + base
  const access = (): AccessToken => ({
    generation: generation(),
    issuedAt: from.number(),
    isSeen: from.number() === 1,
  })
  const list = <Item>(length: number, item: () => Item) => Array.from({ length }, item)

  // In the order in which they were written.
  const [rotatedAt, handedAt, usedAt] = [from.number(), from.optional(), from.optional()]
  const [fallbacks, confirmedAt, refresh] = [from.number(), from.optional(), generation()]
  const flags = from.byte()
  const [provenAt, truthUsedAt] = [from.optional(), from.optional()]
  const [stolenFor, lackingFor] = [from.number(), from.number()]
  const none: AccessToken = { generation: base, issuedAt: -env.accessTtl, isSeen: true }
  const owner = { refresh, access: flags & 8 ? access() : none }
  const held = flags & 32 ? { refresh: generation(), arrivedAt: from.number() } : null
  const thief = () => {
    const [kept, good] = [from.number(), from.number()]
    return { refresh: list(kept, generation), access: list(good, access) }
  }
  return {
    now: 0,
    row: {
      generation: base,
      rotatedAt,
      handedAt,
      usedAt,
      fallbacks,
      confirmedAt,
      revoked: (flags & 1) !== 0,
    },
    owner,
    isAway: (flags & 2) !== 0,
    thief: flags & 16 ? thief() : null,
    held,
    truth: { provenAt, usedAt: truthUsedAt, hasFallenBack: (flags & 4) !== 0 },
    stolenFor,
    lackingFor,
  }
}
