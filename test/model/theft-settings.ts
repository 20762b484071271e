import type { TheftEnvironment } from './theft-world.ts'

export interface TheftSetting {
  readonly name: string
  readonly env: TheftEnvironment
}

const base: TheftEnvironment = {
  grace: 1,
  settle: 3,
  accessTtl: 5,
  requestTimeout: 4,
  ownerIsAway: false,
  wants: null,
  pause: 0,
  foundWithin: Number.POSITIVE_INFINITY,
}

export const besides: TheftSetting = { name: 'a thief beside the owner, who loses answers', env: base }

/** Nine settle times. */
const FOUND_WITHIN = 27

export const aside: TheftSetting = {
  name: 'a thief whose owner is away, without a pause',
  env: {
    ...base,
    ownerIsAway: true,
    wants: 'access tokens in the cookie',
    pause: 1,
    foundWithin: FOUND_WITHIN,
  },
}

export const thefts: readonly TheftSetting[] = [
  besides,
  aside,
  { name: 'a thief whose owner is away, with pauses of D', env: { ...aside.env, pause: base.settle } },
]

/** With the times of the honest browser's model. */
const longer = { grace: 2, settle: 5, accessTtl: 8, requestTimeout: 6 }

export const deeperThefts: readonly TheftSetting[] = [
  { name: 'a thief beside the owner, with longer times', env: { ...besides.env, ...longer } },
  {
    name: 'a thief whose owner is away, with longer times',
    env: { ...aside.env, ...longer, foundWithin: 9 * longer.settle },
  },
  {
    name: 'a thief whose owner is away, with longer times and pauses of D',
    env: { ...aside.env, ...longer, pause: longer.settle, foundWithin: 9 * longer.settle },
  },
]

/** What no rule about refresh tokens can find. */
export const unseen: TheftSetting = {
  name: 'a thief whose owner is away, and who shows no access token in the cookie',
  env: { ...aside.env, wants: 'any service' },
}
