/** Everything that is explored in `npm test`, by name: a thread can be told a name, but not a function. */
import { isDeepStrictEqual } from 'node:util'
import { limits, promised } from './environments.ts'
import { explore } from './explore.ts'
import { exploreIdle, exploreIdleIn } from './idle.ts'
import { idleLimits, idleMutants, idleSettings, realIdleProtocol } from './idle-settings.ts'
import { mutants } from './mutants.ts'
import { explorePassword } from './password-change.ts'
import { passwordMutants, passwordSettings, realPasswordProtocol } from './password-settings.ts'
import { realProtocol } from './protocol.ts'
import type { Exploration, Limits } from './search.ts'
import { exploreTheft } from './theft.ts'
import { thefts, unseen } from './theft-settings.ts'

export interface Examination {
  readonly name: string
  /** Why a limit is one. */
  readonly why?: string
  readonly env: object
  find(limits: Limits): Exploration
}

/** Where no mutant is looked for, the promises have looked for mistakes of the real decision. */
const others = [...new Set(mutants.flatMap(({ env }) => env ?? []))].filter(
  (env) => !promised.some((setting) => isDeepStrictEqual(setting.env, env)),
)

export const examinations = {
  promises: [
    ...promised.map((setting) => ({
      ...setting,
      find: (most: Limits) => explore(realProtocol, setting.env, most),
    })),
    ...idleSettings.map((setting) => ({
      ...setting,
      find: (most: Limits) => exploreIdle(realIdleProtocol, setting.env, most),
    })),
  ],
  limits: [
    ...limits.map((limit) => ({ ...limit, find: (most: Limits) => explore(realProtocol, limit.env, most) })),
    ...idleLimits.map((limit) => ({
      ...limit,
      find: (most: Limits) => exploreIdle(realIdleProtocol, limit.env, most),
    })),
  ],
  thefts: thefts.map((theft) => ({
    ...theft,
    find: (most: Limits) => exploreTheft(realProtocol, theft.env, most),
  })),
  passwordChanges: passwordSettings.map((setting) => ({
    ...setting,
    find: (most: Limits) => explorePassword(realPasswordProtocol, setting.env, most),
  })),
  unseen: [{ ...unseen, find: (most: Limits) => exploreTheft(realProtocol, unseen.env, most) }],
  others: others.map((env, index) => ({
    name: String(index),
    env,
    find: (most: Limits) => explore(realProtocol, env, most),
  })),
  mutants: [
    ...mutants.flatMap(({ name, protocol, env, theft }): Examination[] => {
      if (env) return [{ name, env, find: (most: Limits) => explore(protocol, env, most) }]
      return theft
        ? [{ name, env: theft.env, find: (most: Limits) => exploreTheft(protocol, theft.env, most) }]
        : []
    }),
    ...idleMutants.map(({ name, protocol }) => ({
      name,
      env: {},
      find: (most: Limits) => exploreIdleIn(idleSettings, protocol, most),
    })),
    ...passwordMutants.map(({ name, protocol }) => {
      const { env } = passwordSettings[0] as (typeof passwordSettings)[number]
      return { name, env, find: (most: Limits) => explorePassword(protocol, env, most) }
    }),
  ],
} satisfies Record<string, readonly Examination[]>

export type Subject = keyof typeof examinations
