/** What the model of the limits is given: protocols, right and wrong, and what may happen. */
import { idleLimitAfterReissue, idleLimitAfterRotation } from '../../src/protocol/idle-limit.ts'

export interface IdleProtocol {
  readonly afterRotation: typeof idleLimitAfterRotation
  readonly afterReissue: typeof idleLimitAfterReissue
  /** Whether the UPDATE keeps the later of two limits. */
  readonly neverMovesBack: boolean
}

export const realIdleProtocol: IdleProtocol = {
  afterRotation: idleLimitAfterRotation,
  afterReissue: idleLimitAfterReissue,
  neverMovesBack: true,
}

export interface IdleMutant {
  readonly name: string
  readonly protocol: IdleProtocol
}

export const idleMutants: readonly IdleMutant[] = [
  { name: 'a reissue moves no limit', protocol: { ...realIdleProtocol, afterReissue: () => 0 } },
  {
    name: 'a reissue moves the limit again and again',
    protocol: {
      ...realIdleProtocol,
      afterReissue: (state, now, idleMs, nearMs) =>
        state.idleExpiresAt - now < nearMs ? idleLimitAfterRotation(state, now, idleMs) : 0,
    },
  },
  { name: 'a limit moves back', protocol: { ...realIdleProtocol, neverMovesBack: false } },
  {
    name: 'a rotation moves the hard limit',
    protocol: { ...realIdleProtocol, afterRotation: (_, now, idleMs) => now + idleMs },
  },
]

export interface IdleEnvironment {
  /** How many answers of a generation may get lost; infinite: all of them do. */
  readonly losses: number
  readonly clock: 'right' | 'behind for a while'
  readonly restores: boolean
  /** Whether the access cookie may be lost alone. */
  readonly losesAccess: boolean
  /** Whether it is claimed that an active browser is served. */
  readonly isService: boolean
}

export interface IdleSetting {
  readonly name: string
  readonly env: IdleEnvironment
}

export const idleSettings: readonly IdleSetting[] = [
  {
    name: 'an answer of each generation gets lost',
    env: { losses: 1, clock: 'right', restores: false, losesAccess: false, isService: true },
  },
  {
    name: 'the clock is behind for a while',
    env: { losses: 0, clock: 'behind for a while', restores: false, losesAccess: false, isService: true },
  },
  {
    name: 'every answer gets lost',
    env: {
      losses: Number.POSITIVE_INFINITY,
      clock: 'right',
      restores: false,
      losesAccess: false,
      isService: false,
    },
  },
  {
    name: 'the clock is behind, and the database is restored: no limit moves back',
    env: { losses: 0, clock: 'behind for a while', restores: true, losesAccess: true, isService: false },
  },
]

export const idleLimits: readonly (IdleSetting & { readonly why: string })[] = [
  {
    name: 'the answers of a rotation, and of the reissue that moved the idle limit, get lost',
    why: 'the limit moves once in a generation',
    env: { losses: 2, clock: 'right', restores: false, losesAccess: false, isService: true },
  },
  {
    name: 'the database is restored to a moment shortly before an idle limit',
    why: 'the row of then runs out while the access token of now is good',
    env: { losses: 0, clock: 'right', restores: true, losesAccess: false, isService: true },
  },
]
