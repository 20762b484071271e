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

/**
 * Two lives of an access token, which the thief may use up without showing a refresh token, and seven settle times: a
 * rotation, a fall-back and the pauses.
 */
const foundWithin = ({ accessTtl, settle }: Pick<TheftEnvironment, 'accessTtl' | 'settle'>): number =>
  2 * accessTtl + 7 * settle

export const aside: TheftSetting = {
  name: 'a thief whose owner is away, without a pause',
  env: {
    ...base,
    ownerIsAway: true,
    wants: 'access tokens in the cookie',
    pause: 1,
    foundWithin: foundWithin(base),
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
    env: { ...aside.env, ...longer, foundWithin: foundWithin(longer) },
  },
  {
    name: 'a thief whose owner is away, with longer times and pauses of D',
    env: { ...aside.env, ...longer, pause: longer.settle, foundWithin: foundWithin(longer) },
  },
]

/** What no rule about refresh tokens can find. */
export const unseen: TheftSetting = {
  name: 'a thief whose owner is away, and who shows no access token in the cookie',
  env: { ...aside.env, wants: 'any service' },
}
