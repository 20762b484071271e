/**
 * The world of a thief: one session, its owner, and a thief who copied the owner's cookies at some moment and keeps
 * every token he ever sees. Nothing gets lost on his way, and what he does happens at once.
 */
import type { Row } from './world.ts'

export interface TheftEnvironment {
  readonly grace: number
  readonly settle: number
  readonly accessTtl: number
  /** Longest time between the head of a request and the end of its body. */
  readonly requestTimeout: number
  /** Whether the owner goes away at the moment of the theft. */
  readonly ownerIsAway: boolean
  /** What keeps the thief content. He is never without it for longer than `pause`; null: he may wait as long as he likes. */
  readonly wants: 'access tokens in the cookie' | 'any service' | null
  readonly pause: number
  /** How long after the theft the absent owner's return must end the session; infinite: never claimed. */
  readonly foundWithin: number
}

export interface AccessToken {
  generation: number
  issuedAt: number
  /** Whether its process has written the first use for it. */
  isSeen: boolean
}

export interface Owner {
  refresh: number
  access: AccessToken
}

export interface Thief {
  /** Generations of the refresh tokens he keeps, the newest first. */
  refresh: number[]
  /** The youngest access token of each generation: an older one only proves more. */
  access: AccessToken[]
}

/** What really happened, kept apart from the row. */
export interface Truth {
  /** Since when the current generation is known to be held: an access token of it was shown when it was `D` old. */
  provenAt: number | null
  /** First use of the current generation since it was issued, or since the fall-back. */
  usedAt: number | null
  hasFallenBack: boolean
}

export interface TheftWorld {
  now: number
  row: Row
  owner: Owner
  isAway: boolean
  thief: Thief | null
  /** A request whose head has arrived and whose body has not. */
  held: { refresh: number; arrivedAt: number } | null
  truth: Truth
  /** Time since the theft, as far as it matters. */
  stolenFor: number
  /** Time since the thief last had what he wants. */
  lackingFor: number
}

export const copyTheft = (world: TheftWorld): TheftWorld => ({
  ...world,
  row: { ...world.row },
  owner: { ...world.owner, access: { ...world.owner.access } },
  thief: world.thief && {
    refresh: [...world.thief.refresh],
    access: world.thief.access.map((token) => ({ ...token })),
  },
  truth: { ...world.truth },
})

/** A session in full use, its first token long since received and proved. */
export function beforeTheft({ settle, grace, accessTtl }: TheftEnvironment): TheftWorld {
  const long = settle + grace + accessTtl
  const generation = 10
  return {
    now: 0,
    row: {
      generation,
      rotatedAt: -long,
      handedAt: null,
      usedAt: -long,
      fallbacks: 0,
      confirmedAt: -long,
      revoked: false,
    },
    owner: { refresh: generation, access: { generation, issuedAt: -long, isSeen: true } },
    isAway: false,
    thief: null,
    held: null,
    truth: { provenAt: -long, usedAt: -long, hasFallenBack: false },
    stolenFor: 0,
    lackingFor: 0,
  }
}
