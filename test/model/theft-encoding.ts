/** A thief's world as a short string: as encoding.ts does it for the other model. JSON is short enough here. */
import type { AccessToken, TheftEnvironment, TheftWorld } from './theft-world.ts'

/** A token of three generations ago is refused as one of two is. */
const OLDEST = -3

type Numbers = (number | null)[]

export function encodeTheft(world: TheftWorld, env: TheftEnvironment): string {
  const { now, row, owner, thief, held, truth } = world
  const generation = (n: number) => Math.max(n - row.generation, OLDEST)
  const time = (t: number | null, oldest: number) => (t === null ? null : Math.max(t - now, -oldest))
  const lives = ({ issuedAt }: AccessToken) => now < issuedAt + env.accessTtl
  const reach = env.settle + (held === null ? 0 : env.requestTimeout)
  const access = (token: AccessToken): Numbers =>
    lives(token) ? [generation(token.generation), token.issuedAt - now, Number(token.isSeen)] : []
  const isHanded = row.handedAt !== null && row.handedAt > Math.max(row.rotatedAt, now - reach)
  return JSON.stringify([
    [
      time(row.rotatedAt, reach),
      isHanded ? time(row.handedAt, reach) : null,
      row.confirmedAt === null ? time(row.usedAt, reach) : null,
      row.fallbacks,
      time(row.confirmedAt, env.grace + (held === null ? 0 : env.requestTimeout)),
      Number(row.revoked),
    ],
    [generation(owner.refresh), ...access(owner.access), Number(world.isAway)],
    thief && [[...new Set(thief.refresh.map(generation))], thief.access.filter(lives).map(access).sort()],
    held && [generation(held.refresh), held.arrivedAt - now],
    [time(truth.provenAt, env.grace), time(truth.usedAt, env.settle), Number(truth.hasFallenBack)],
    [Math.min(world.stolenFor, Number.isFinite(env.foundWithin) ? env.foundWithin : 0), world.lackingFor],
  ])
}

export function decodeTheft(key: string, base: number, env: TheftEnvironment): TheftWorld {
  const [rowIn, [ownerRefresh, ...ownerIn], thiefIn, heldIn, truthIn, timesIn] = JSON.parse(key)
  const access = ([generation, issuedAt, isSeen]: number[]): AccessToken => ({
    generation: (generation as number) + base,
    issuedAt: issuedAt as number,
    isSeen: isSeen === 1,
  })
  const isAway = ownerIn.pop() === 1
  const none: AccessToken = { generation: base, issuedAt: -env.accessTtl, isSeen: true }
  return {
    now: 0,
    row: {
      generation: base,
      rotatedAt: rowIn[0],
      handedAt: rowIn[1],
      usedAt: rowIn[2],
      fallbacks: rowIn[3],
      confirmedAt: rowIn[4],
      revoked: rowIn[5] === 1,
    },
    owner: { refresh: ownerRefresh + base, access: ownerIn.length > 0 ? access(ownerIn) : none },
    isAway,
    thief: thiefIn && {
      refresh: thiefIn[0].map((n: number) => n + base),
      access: thiefIn[1].map(access),
    },
    held: heldIn && { refresh: heldIn[0] + base, arrivedAt: heldIn[1] },
    truth: { provenAt: truthIn[0], usedAt: truthIn[1], hasFallenBack: truthIn[2] === 1 },
    stolenFor: timesIn[0],
    lackingFor: timesIn[1],
  }
}
